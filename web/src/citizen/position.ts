/** The phone's position, improving for a while. */

import type { Position } from '../lib/types';

const PATIENCE_MS = 20_000;
const GOOD_M = 15;

/** Calls `found` with each better fix, `failed` when there is none; stops by itself, or when the answer is called. */
export function watchPosition(found: (position: Position) => void, failed: () => void): () => void {
  if (!navigator.geolocation) {
    failed();
    return () => undefined;
  }
  let best = Infinity;
  const stop = (): void => {
    clearTimeout(timer);
    navigator.geolocation.clearWatch(watch);
  };
  const watch = navigator.geolocation.watchPosition(
    ({ coords }) => {
      if (coords.accuracy >= best) return;
      best = coords.accuracy;
      // Browsers mean a radius of 95 %.
      found({ lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy, accuracy_confidence: 0.95, source: 'gps' });
      if (best <= GOOD_M) stop();
    },
    () => {
      if (best !== Infinity) return;
      stop();
      failed();
    },
    { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: 10_000 },
  );
  const timer = setTimeout(() => {
    stop();
    if (best === Infinity) failed();
  }, PATIENCE_MS);
  return stop;
}

/** The province's middle, where the map opens when the phone says nothing. */
export const MIDDLE = { lon: 103.02, lat: 21.6 };
