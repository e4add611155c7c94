import { expect, it } from 'vitest';
import { kindOf, round125, scale, stepOf } from '../src/dashboard/scale';
import { sorted } from '../src/dashboard/board';
import type { HeatProperties, OfficeLine } from '../src/lib/types';

const commune = (id: string, value: number | null, more: Partial<HeatProperties> = {}): HeatProperties => ({
  id, name: { vi: id, en: id }, value, count: 10, suppressed: false, ...more,
});

it('counts every commune once: in a step, as too few, or as without figures', () => {
  const all = [commune('a', 3), commune('b', 17), commune('c', 88), commune('d', null, { suppressed: true, count: null }), commune('e', null, { count: 0 })];
  const made = scale('reports', all, 108);
  expect(made.steps.reduce((sum, step) => sum + step.communes, 0) + made.suppressed + made.empty).toBe(all.length);
  expect(made.steps.map((step) => step.to)).toEqual([20, 40, 60, 80, 100]);
});

it('puts the province in the neutral middle of a comparison', () => {
  const made = scale('on_time_share', [commune('a', 0.5), commune('b', 0.9), commune('c', 0.98)], 0.9);
  expect(stepOf(made.steps, 0.9)).toBe(made.steps[2]);
  expect(stepOf(made.steps, 0.5)).toBe(made.steps[0]);
});

it('names no share above the largest one', () => {
  const made = scale('on_time_share', [commune('a', 0.2), commune('b', 1)], 0.9);
  expect(made.steps[0]?.from).toBeCloseTo(0.2);
  expect(made.steps[4]?.to).toBeCloseTo(1);
});

it('calls more hours worse and a higher share better', () => {
  const values = [commune('a', 1), commune('b', 9)];
  expect(scale('median_resolution_hours', values, 5).steps[0]?.colour).toBe(scale('satisfaction', values, 5).steps[4]?.colour);
});

it('rounds steps up to 1, 2 or 5', () => {
  expect([0.3, 1, 1.2, 2.4, 3, 7, 42, 210].map(round125)).toEqual([0.5, 1, 2, 5, 5, 10, 50, 500]);
});

it('tells nothing from too few', () => {
  expect(kindOf(commune('a', null, { suppressed: true }))).toBe('suppressed');
  expect(kindOf(commune('a', 0, { count: 0 }))).toBe('empty');
  expect(kindOf(commune('a', 0))).toBe('value');
});

it('sorts offices without a figure last in both directions', () => {
  const line = (id: string, overdue?: number): OfficeLine => ({ office: { id, name: { vi: id, en: id } }, suppressed: overdue === undefined, overdue });
  const lines = [line('a'), line('b', 2), line('c', 7)];
  expect(sorted(lines, 'overdue', false, 'vi').map((one) => one.office.id)).toEqual(['c', 'b', 'a']);
  expect(sorted(lines, 'overdue', true, 'vi').map((one) => one.office.id)).toEqual(['b', 'c', 'a']);
});
