//! The real boundaries: every row of the golden files through the table that `ioc locate --input` writes, and what the
//! import says of the published files.
//!
//! They lie outside the repository, in the folder that `IOC_TEST_DATA` names. Where that is unset the test says so and
//! passes; where it is set and cannot be read, it fails.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    env,
    fs::File,
    io::{Write, stderr},
    path::PathBuf,
    sync::Once,
};

use ioc::{
    domain::ids::ProvinceCode,
    locate::{
        Atlas, bulk, fetch,
        import::{self, Finding},
        measure, shape,
    },
};

/// The harness hides what passing tests print, but not what is written to the stream itself.
#[expect(clippy::explicit_write, reason = "eprintln! is hidden by the harness")]
fn test_data() -> Option<PathBuf> {
    static SAID: Once = Once::new();
    let folder = env::var_os("IOC_TEST_DATA").map(PathBuf::from);
    if folder.is_none() {
        SAID.call_once(|| writeln!(stderr(), "IOC_TEST_DATA is not set: the golden files are left out").unwrap());
    }
    folder
}

/// Differences between a golden file's columns and the added ones. A refused row may state neither commune nor nearest
/// within reach of a correct position; the nearest is compared where the golden file states one.
fn differences(boundaries: &str, golden: &str) {
    let Some(data) = test_data() else { return };
    let import = import::read(&data.join(boundaries)).unwrap();
    let atlas = Atlas::build("golden".parse().unwrap(), import.territories);
    let mut output = Vec::new();
    let count = bulk::locate_csv(&atlas, File::open(data.join(golden)).unwrap(), &mut output).unwrap();
    assert_eq!(count.placed + count.outside + count.refused, 20_000);

    let mut reader = csv::Reader::from_reader(output.as_slice());
    let header = reader.headers().unwrap().clone();
    let column = |name| header.iter().position(|field| field == name).unwrap();
    let (class, codes, nearest_code, nearest_m) =
        (column("class"), column("codes"), column("nearest_code"), column("nearest_distance_m"));
    let (communes, nearest, metres, error) =
        (column("communes"), column("nearest_commune"), column("nearest_m"), column("error"));
    let mut differing = Vec::new();
    for row in reader.records() {
        let row = row.unwrap();
        if !row[error].is_empty() {
            assert!(["swapped_lat_lon", "far"].contains(&&row[class]), "{row:?}");
            assert_eq!(&row[codes], "", "{row:?}");
            continue;
        }
        let same_nearest = row[nearest_code].is_empty()
            || (row[nearest_code] == row[nearest] && {
                let (expected, got): (f64, f64) = (row[nearest_m].parse().unwrap(), row[metres].parse().unwrap());
                (expected - got).abs() <= (expected * 0.001).max(0.05)
            });
        let stated_only_where_uncovered = row[communes].is_empty() != row[nearest].is_empty();
        if row[codes] != row[communes] || !same_nearest || !stated_only_where_uncovered {
            differing.push(row);
        }
    }
    assert!(
        differing.is_empty(),
        "{} rows differ, the first: {:?}",
        differing.len(),
        &differing[..differing.len().min(9)]
    );
}

#[test]
fn dien_bien_has_no_difference() {
    differences("dien-bien/communes.geojson", "golden/dien-bien.csv");
}

#[test]
fn vietnam_has_no_difference() {
    differences("vietnam/communes.geojsonl.zst", "golden/vietnam.csv");
}

/// One point in the three versions of the map: what was there, what is there.
#[test]
fn the_three_versions_of_dien_bien_have_no_difference() {
    let Some(data) = test_data() else { return };
    let versions = [
        ("dien-bien-2024/communes.geojson", "codes_2024_synthetic"),
        ("dien-bien-2026-03/communes.geojson", "codes_2026_03"),
        ("dien-bien/communes.geojson", "codes_2026_07"),
    ];
    for (boundaries, column) in versions {
        let import = import::read(&data.join(boundaries)).unwrap();
        let atlas = Atlas::build("golden".parse().unwrap(), import.territories);
        let mut output = Vec::new();
        let golden = File::open(data.join("golden/dien-bien_epochs.csv")).unwrap();
        let count = bulk::locate_csv(&atlas, golden, &mut output).unwrap();
        assert_eq!((count.placed + count.outside, count.refused), (3_935, 0));
        let mut reader = csv::Reader::from_reader(output.as_slice());
        let header = reader.headers().unwrap().clone();
        let place = |name| header.iter().position(|field| field == name).unwrap();
        let (expected, communes) = (place(column), place("communes"));
        let rows = reader.records().map(Result::unwrap);
        let differing: Vec<_> = rows.filter(|row| row[expected] != row[communes]).collect();
        assert!(differing.is_empty(), "{boundaries}: {} rows differ: {:?}", differing.len(), differing.first());
    }
}

/// Vertices, middles of edges and what is beside them: the grid against the slow exact way.
fn borders_differ(boundaries: &str, one_in: u32, at_least: u64) {
    let Some(data) = test_data() else { return };
    let territories = import::read(&data.join(boundaries)).unwrap().territories;
    let atlas = Atlas::build("golden".parse().unwrap(), territories.clone());
    let checked = measure::check(&atlas, &territories, one_in, 1);
    assert!(checked.points > at_least, "{checked:?}");
    assert_eq!((checked.differing, checked.first), (0, None), "{checked:?}");
}

#[test]
fn every_vertex_and_edge_of_dien_bien_is_answered_as_the_slow_way_answers_it() {
    borders_differ("dien-bien/communes.geojson", 1, 600_000);
}

#[test]
fn a_sample_of_the_countrys_vertices_and_edges_is_answered_as_the_slow_way_answers_it() {
    borders_differ("vietnam/communes.geojsonl.zst", 140, 190_000);
}

#[test]
fn synthetic_communes_of_seven_decimals_are_answered_as_the_slow_way_answers_them() {
    borders_differ("dien-bien-2024/communes.geojson", 4, 100_000);
}

#[tokio::test]
async fn the_published_layout_is_fetched_verified_and_imported() {
    let Some(data) = test_data() else { return };
    let (mirror, folder) = (data.join("dien-bien/source-layout"), tempfile::tempdir().unwrap());
    let base = format!("file://{}", mirror.display());
    let (province, mut files): (ProvinceCode, usize) = ("11".parse().unwrap(), 0);
    let fetched = fetch::fetch(Some(&province), Some(&base), folder.path(), |progress| files = progress.files).await;
    let published = import::read(&fetched.unwrap()).unwrap();
    assert_eq!(files, 45);
    let collection = import::read(&data.join("dien-bien/communes.geojson")).unwrap();
    assert_eq!(published.territories, collection.territories);
    assert_eq!(published.checksum, collection.checksum);
    assert_eq!(import::read(&mirror).unwrap().checksum, collection.checksum);
    assert!(!published.approximate);
}

#[test]
fn the_map_of_march_is_taken_and_its_three_broken_polygons_are_named() {
    let Some(data) = test_data() else { return };
    let march = import::read(&data.join("dien-bien-2026-03/communes.geojson")).unwrap();
    assert_eq!(march.territories.len(), 45);
    let crossing: Vec<String> = march
        .check()
        .iter()
        .filter_map(|finding| match finding {
            Finding::SelfCrossing { commune, .. } => Some(commune.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(crossing, ["03352", "03356", "03358"]);
}

#[test]
fn the_map_of_july_has_crossing_borders_where_it_is_known_to_overlap_and_no_self_crossing() {
    let Some(data) = test_data() else { return };
    let july = import::read(&data.join("dien-bien/communes.geojson")).unwrap();
    let pairs: Vec<String> = july
        .check()
        .iter()
        .map(|finding| match finding {
            Finding::Overlap { a, b, .. } => format!("{a} {b}"),
            other => other.to_string(),
        })
        .collect();
    assert_eq!(pairs, ["03203 03358", "03203 03370", "03358 03370"]);
}

#[test]
fn every_real_polygon_packs_without_loss() {
    let Some(data) = test_data() else { return };
    let import = import::read(&data.join("dien-bien/communes.geojson")).unwrap();
    let mut bytes = 0;
    for territory in &import.territories {
        let packed = shape::encode(&territory.shape);
        bytes += packed.len();
        assert_eq!(shape::decode(&packed).unwrap(), territory.shape);
    }
    assert!(bytes < 5 * import.vertices(), "{bytes} bytes for {} vertices", import.vertices());
}
