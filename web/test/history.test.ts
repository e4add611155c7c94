import { expect, it } from 'vitest';
import { lines } from '../src/desk/history';
import type { HistoryEntry } from '../src/lib/types';

it('tells reminders that follow each other once, with their number and the last of them', () => {
  const kinds = ['received', 'escalated', 'escalated', 'escalated', 'commented', 'escalated', 'commented', 'commented'];
  const history = kinds.map((kind, version) => ({ kind, version, at: `2026-09-0${version + 1}T03:00:00Z` }) as unknown as HistoryEntry);
  expect(lines(history).map(({ entry, times, last }) => [entry.kind, times, last.slice(8, 10)])).toEqual([
    ['received', 1, '01'], ['escalated', 3, '04'], ['commented', 1, '05'], ['escalated', 1, '06'], ['commented', 1, '07'], ['commented', 1, '08'],
  ]);
});
