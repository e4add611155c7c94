/** The wall screen: dark, without controls, another metric or commune every 20 seconds, dim at night. Its address is `#wall`. */

import type { Metric } from '../lib/types';
import { METRICS } from './scale';

const EVERY_MS = 20_000;

/** How many communes are looked at for each metric, before the next. */
const LOOKS = 2;

class Wall {
  on = $state(location.hash === '#wall');

  /** Turns over while it is on: the whole map of a metric, then the communes that stand out in it, then the next metric. */
  watch(show: (metric: Metric) => void, look: (place: number | null) => void): () => void {
    if (!this.on) return () => undefined;
    let turn = 0;
    const timer = setInterval(() => {
      turn += 1;
      const place = turn % (LOOKS + 1);
      if (place === 0) show(METRICS[(turn / (LOOKS + 1)) % METRICS.length] ?? 'open');
      look(place === 0 ? null : place - 1);
    }, EVERY_MS);
    return () => clearInterval(timer);
  }

  enter(): void {
    history.replaceState(null, '', '#wall');
    this.on = true;
    void document.documentElement.requestFullscreen?.().catch(() => undefined);
  }

  leave(): void {
    history.replaceState(null, '', location.pathname);
    this.on = false;
    if (document.fullscreenElement) void document.exitFullscreen();
  }
}

export const wall = new Wall();
