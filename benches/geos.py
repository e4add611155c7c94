"""GEOS through shapely 2, vectorised: candidates from its STR tree, then a test of each prepared polygon.

`python3 geos.py FOLDER` reads from there `communes` (for each a 32-bit length and WKB) and `uniform`, `inside` and
`beside` (longitude and latitude as doubles). It writes for each kind `KIND.found`, pairs of 32-bit numbers of a point and
a commune, and says on standard output how long it took. `make bench` calls it.
"""

import json
import sys
import time
from pathlib import Path

import numpy
import shapely

RUN = 2_000


def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))


def records(blob):
    at = 0
    while at < len(blob):
        length = int.from_bytes(blob[at : at + 4], "little")
        yield blob[at + 4 : at + 4 + length]
        at += 4 + length


def main(folder):
    wkb = list(records((folder / "communes").read_bytes()))
    before = resident()
    shapes = shapely.from_wkb(wkb)
    start = time.perf_counter()
    shapely.prepare(shapes)
    tree = shapely.STRtree(shapes)
    built = time.perf_counter() - start
    said = {}
    for kind in ("uniform", "inside", "beside"):
        places = numpy.fromfile(folder / kind).reshape(-1, 2)
        points = shapely.points(places)
        found, runs = [], []
        for first in range(0, len(places), RUN):
            some = slice(first, first + RUN)
            begin = time.perf_counter()
            point, commune = tree.query(points[some])
            x, y = places[some][point].T
            hit = shapely.intersects_xy(shapes[commune], x, y)
            runs.append((time.perf_counter() - begin) / len(places[some]))
            found.append(numpy.stack([point[hit] + first, commune[hit]], axis=1))
        numpy.concatenate(found).astype("<u4").tofile(folder / f"{kind}.found")
        said[kind] = float(numpy.median(runs)) * 1e9
    said["build_ms"] = built * 1e3
    said["resident_mb"] = (resident() - before) / 1e6
    said["version"] = ".".join(str(number) for number in shapely.geos_version)
    print(json.dumps(said))


main(Path(sys.argv[1]))
