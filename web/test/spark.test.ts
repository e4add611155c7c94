import { expect, it } from 'vitest';
import { pieces } from '../src/dashboard/spark';

it('breaks the line where there are too few to be told', () => {
  expect(pieces([0, 10, null, 5], 30, 10)).toEqual([[[0, 10], [10, 0]], [[30, 5]]]);
});

it('puts a single value into the middle, and draws nothing of nothing', () => {
  expect(pieces([4], 30, 10)).toEqual([[[15, 0]]]);
  expect(pieces([null, null], 30, 10)).toEqual([]);
  expect(pieces([], 30, 10)).toEqual([]);
});
