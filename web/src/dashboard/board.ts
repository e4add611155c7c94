import type { Language } from '../lib/time';
import type { OfficeLine } from '../lib/types';

export const COLUMNS = ['office', 'reports', 'open', 'overdue', 'on_time_share', 'extended', 'median_resolution_hours', 'satisfaction'] as const;
export type Column = (typeof COLUMNS)[number];

/** Sorted by one column; lines without a figure stand last either way. */
export function sorted(lines: readonly OfficeLine[], by: Column, up: boolean, language: Language): OfficeLine[] {
  const turn = up ? 1 : -1;
  return [...lines].sort((a, b) => {
    if (by === 'office') return turn * a.office.name[language].localeCompare(b.office.name[language], language);
    const [here, there] = [a[by] ?? null, b[by] ?? null];
    if (here === null || there === null) return Number(here === null) - Number(there === null);
    return turn * (here - there);
  });
}
