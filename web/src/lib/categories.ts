import { categories } from './api';
import { keepNote, note } from './store';
import type { Category } from './types';

/** The categories: fresh ones, or without a network those that were seen last on this device. */
export async function offered(): Promise<Category[]> {
  try {
    const fresh = await categories();
    await keepNote('categories', fresh).catch(() => undefined);
    return fresh;
  } catch (why) {
    const kept = await note<Category[]>('categories').catch(() => undefined);
    if (kept) return kept;
    throw why;
  }
}
