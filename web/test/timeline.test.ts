import { expect, it } from 'vitest';
import { bars } from '../src/dashboard/timeline';
import type { Moment } from '../src/lib/types';

const step = (reports: number | null, ended: number | null): Moment => ({ from: '2026-07-01', to: '2026-07-01', suppressed: reports === null, reports, ended });

it('the highest bar is a hundred high, and what is too few has none', () => {
  expect(bars([step(20, 5), step(null, 10)]).map((bar) => [bar.reports, bar.ended])).toEqual([[100, 25], [0, 50]]);
  expect(bars([step(0, 0)])[0]?.reports).toBe(0);
  expect(bars([])).toEqual([]);
});
