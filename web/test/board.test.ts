import { expect, it } from 'vitest';
import { risen } from '../src/dashboard/board';
import { between, Feed } from '../src/dashboard/feed.svelte';
import { isNight } from '../src/lib/time';
import type { OfficeLine } from '../src/lib/types';

const line = (id: string, of: Partial<OfficeLine>): OfficeLine => ({ office: { id, name: { vi: id, en: id } }, suppressed: false, ...of });

it('says who rose and who fell among those that had a figure both times', () => {
  const before = [line('a', { on_time_share: 0.9 }), line('b', { on_time_share: 0.8 }), line('c', { on_time_share: 0.7 }), line('d', { on_time_share: null })];
  const now = [line('c', { on_time_share: 0.95 }), line('a', { on_time_share: 0.9 }), line('b', { on_time_share: 0.5 }), line('d', { on_time_share: 1 }), line('e', { on_time_share: 1 })];
  expect([...risen(now, before, 'on_time_share', false)].sort()).toEqual([['a', -1], ['b', -1], ['c', 2]]);
  expect(risen(now, null, 'on_time_share', false).size).toBe(0);
});

const cell = (category: string, reports: number, settled: number | null = 0): NonNullable<OfficeLine['categories']>[number] => ({ category, name: { vi: category, en: category }, reports, settled, overdue: 0 });
const said = (before: OfficeLine[], now: OfficeLine[]): unknown[] => between(before, now, 't').map(({ office, category, kind, n }) => [office, category, kind, n]);

it('tells of what, where the categories say so, and the rest by its office alone', () => {
  const before = [line('a', { reports: 30, settled: 9, overdue: 0, categories: [cell('rac', 10, 5), cell('sat', 9)] })];
  const now = [line('a', { reports: 34, settled: 11, overdue: 0, categories: [cell('rac', 12, 6), cell('sat', 10)] })];
  expect(said(before, now)).toEqual([['a', 'rac', 'received', 2], ['a', 'sat', 'received', 1], ['a', '', 'received', 1], ['a', 'rac', 'settled', 1], ['a', '', 'settled', 1]]);
});

it('takes no category that was not told before for news, and no figure that was hidden', () => {
  const before = [line('a', { reports: 30, settled: null, categories: [cell('rac', 10, null), cell('gone', 5)] })];
  const now = [line('a', { reports: 32, settled: 5, categories: [cell('rac', 11, 5), cell('sat', 5)] })];
  expect(said(before, now)).toEqual([['a', 'rac', 'received', 1], ['a', '', 'received', 1]]);
});

it('tells nothing beside a category when another one lost as much', () => {
  const before = [line('a', { reports: 30, categories: [cell('rac', 10), cell('sat', 9)] })];
  const now = [line('a', { reports: 30, categories: [cell('rac', 12), cell('sat', 7)] })];
  expect(said(before, now)).toEqual([['a', 'rac', 'received', 2]]);
});

it('tells by office and number what came between two boards, and nothing of small offices', () => {
  const before = [line('a', { reports: 10, settled: 4, overdue: 1 }), line('small', { suppressed: true })];
  const now = [line('a', { reports: 12, settled: 5, overdue: 1 }), line('small', { reports: 5, settled: 5, overdue: 0 }), line('new', { reports: 9 })];
  expect(between(before, now, 't').map(({ office, kind, n }) => [office, kind, n])).toEqual([['a', 'received', 2], ['a', 'settled', 1]]);
});

it('takes no change of the time span for news', () => {
  const feed = new Feed();
  feed.take([line('a', { reports: 10 })], 'year', '1');
  feed.take([line('a', { reports: 90 })], 'all', '2');
  expect(feed.news).toEqual([]);
  feed.take([line('a', { reports: 91 })], 'all', '3');
  expect(feed.news.map(({ at, n }) => [at, n])).toEqual([['3', 1]]);
});

it('dims the wall from eight in the evening to six in Vietnam', () => {
  const at = (clock: string): boolean => isNight(Date.parse(`2026-11-22T${clock}:00+07:00`));
  expect(['05:59', '06:00', '19:59', '20:00'].map(at)).toEqual([true, false, false, true]);
});
