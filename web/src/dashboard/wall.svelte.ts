/** The wall screen: dark, without controls, another metric every 20 seconds. Its address is `#wall`. */

import type { Metric } from '../lib/types';
import { METRICS } from './scale';

const EVERY_MS = 20_000;

class Wall {
  on = $state(location.hash === '#wall');

  /** Turns the metrics over while it is on. */
  watch(show: (metric: Metric) => void): () => void {
    if (!this.on) return () => undefined;
    let place = 0;
    const timer = setInterval(() => {
      place = (place + 1) % METRICS.length;
      show(METRICS[place] ?? 'open');
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
