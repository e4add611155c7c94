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

/**
 * How many places an office has risen since the time before, among those that had a figure both times; null where there is
 * nothing to compare.
 */
export function risen(lines: readonly OfficeLine[], before: readonly OfficeLine[] | null, by: Column, up: boolean): Map<string, number> {
  if (!before || by === 'office') return new Map();
  const had = new Set(before.filter((line) => (line[by] ?? null) !== null).map((line) => line.office.id));
  const places = (of: readonly OfficeLine[]): string[] => sorted(of, by, up, 'vi').map((line) => line.office.id);
  const now = places(lines.filter((line) => (line[by] ?? null) !== null && had.has(line.office.id)));
  const then = places(before.filter((line) => now.includes(line.office.id)));
  return new Map(now.map((id, place) => [id, then.indexOf(id) - place]));
}
