import { outlines } from './api';
import { keepNote, note } from './store';
import type { Heatmap } from './types';

let asked: Promise<Heatmap> | null = null;

/** The communes with their outlines, the map under everything; kept on the device for days without a network. */
export function communes(): Promise<Heatmap> {
  asked ??= load().catch((why: unknown) => {
    asked = null;
    throw why;
  });
  return asked;
}

async function load(): Promise<Heatmap> {
  try {
    const fresh = await outlines();
    await keepNote('communes', fresh).catch(() => undefined);
    return fresh;
  } catch (why) {
    const kept = await note<Heatmap>('communes').catch(() => undefined);
    if (kept) return kept;
    throw why;
  }
}
