/** Where things are: the communes by name, and the ground that maps are drawn on; kept on the device for days without a network. */

import { ground as asked, heatmap } from './api';
import { keepNote, note } from './store';
import type { Ground, Names } from './types';

export interface Commune {
  id: string;
  name: Names;
}

/** Asks once a page; what was seen last is taken without a network. */
function kept<T>(name: string, ask: () => Promise<T>): () => Promise<T> {
  let asking: Promise<T> | null = null;
  const load = async (): Promise<T> => {
    try {
      const fresh = await ask();
      await keepNote(name, fresh).catch(() => undefined);
      return fresh;
    } catch (why) {
      const known = await note<T>(name).catch(() => undefined);
      if (known) return known;
      throw why;
    }
  };
  return () =>
    (asking ??= load().catch((why: unknown) => {
      asking = null;
      throw why;
    }));
}

/** The communes that are served. */
export const communes = kept<Commune[]>('names', async () =>
  (await heatmap('reports')).features.map(({ id, properties }) => ({ id, name: properties.name ?? { vi: id, en: id } })),
);

/** The map under everything. */
export const ground = kept<Ground>('ground', asked);

/** Where a tile of the communes is. */
export const tiles = ({ generation }: Ground): string => `${location.origin}/tiles/communes/{z}/{x}/{y}.mvt?generation=${encodeURIComponent(generation)}`;

/** Of the zooms that are kept for days without a network: the whole province is some thirty tiles of a few kilobytes. */
export const KEPT_ZOOM = 9;
const FIRST_ZOOM = 6;

/** The tile at a place: column and row. */
export function tileAt(lon: number, lat: number, zoom: number): [number, number] {
  const side = 2 ** zoom;
  const turn = Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI;
  const within = (at: number): number => Math.min(side - 1, Math.max(0, Math.floor(at * side)));
  return [within((lon + 180) / 360), within((1 - turn) / 2)];
}

/** Asks once for the tiles that are to be there without a network; the page's worker keeps what passes. */
export async function provide(of: Ground): Promise<void> {
  if (!of.bounds || (await note<string>('provided')) === of.generation || !navigator.serviceWorker?.controller) return;
  const [west = 0, south = 0, east = 0, north = 0] = of.bounds;
  for (let zoom = FIRST_ZOOM; zoom <= KEPT_ZOOM; zoom += 1) {
    const [[left, top], [right, bottom]] = [tileAt(west, north, zoom), tileAt(east, south, zoom)];
    for (let x = left; x <= right; x += 1) {
      for (let y = top; y <= bottom; y += 1) {
        const answer = await fetch(tiles(of).replace('{z}', String(zoom)).replace('{x}', String(x)).replace('{y}', String(y)));
        if (!answer.ok) return;
      }
    }
  }
  await keepNote('provided', of.generation);
}
