import { expect, it } from 'vitest';
import { bars, brushOf, keyed, moved, shifted, whole } from '../src/dashboard/timeline';
import type { Moment } from '../src/lib/types';

const step = (from: string, to: string, reports: number | null = 1, ended: number | null = 1): Moment => ({ from, to, suppressed: reports === null, reports, ended });

it('draws the highest step a hundred high, and too few not at all', () => {
  const drawn = bars([step('2026-07-01', '2026-07-01', 10, 5), step('2026-07-02', '2026-07-02', null, 20)]);
  expect(drawn.map(({ reports, ended }) => [reports, ended])).toEqual([[50, 25], [0, 100]]);
});

it.each([
  ['days', [step('2026-02-27', '2026-02-27'), step('2026-03-02', '2026-03-02')], ['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02']],
  ['weeks', [step('2026-06-29', '2026-07-05'), step('2026-07-13', '2026-07-19')], ['2026-06-29', '2026-07-06', '2026-07-13']],
  ['months', [step('2025-12-01', '2025-12-31'), step('2026-04-01', '2026-04-30')], ['2025-12-01', '2026-01-01', '2026-02-01', '2026-03-01', '2026-04-01']],
])('gives %s without reports their place', (_, moments, expected) => {
  const all = whole(moments);
  expect(all.map((one) => one.from)).toEqual(expected);
  expect(all.slice(1, -1).every((one) => one.reports === 0 && one.ended === 0)).toBe(true);
});

it('knows months by their length', () => {
  expect(whole([step('2024-01-01', '2024-01-31'), step('2024-03-01', '2024-03-31')])[1]).toMatchObject({ from: '2024-02-01', to: '2024-02-29' });
});

it('finds what is chosen, and nothing where it lies elsewhere', () => {
  const days = [1, 2, 3, 4].map((day) => step(`2026-07-0${day}`, `2026-07-0${day}`));
  expect(brushOf(days, { from: '2026-07-02', to: '2026-07-03' })).toEqual([1, 2]);
  expect(brushOf(days, { from: '2026-08-01', to: '2026-08-03' })).toBeNull();
  expect(brushOf(days, null)).toBeNull();
});

it('moves an end as far as there are steps, and takes the other along', () => {
  expect(moved([2, 4], 0, 6, 8)).toEqual([6, 6]);
  expect(moved([2, 4], 1, 0, 8)).toEqual([0, 0]);
  expect(moved([2, 4], 1, 99, 8)).toEqual([2, 7]);
  expect(shifted([2, 4], 99, 8)).toEqual([5, 7]);
  expect(shifted([2, 4], -99, 8)).toEqual([0, 2]);
});

it('goes by arrows, pages and to the ends', () => {
  expect(['ArrowLeft', 'ArrowRight', 'PageUp', 'PageDown', 'Home', 'End', 'a'].map((key) => keyed(key, 20, 40))).toEqual([19, 21, 24, 16, 0, 39, null]);
});
