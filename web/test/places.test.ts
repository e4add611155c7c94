import { expect, it } from 'vitest';
import { tileAt } from '../src/lib/places';

it('finds the tile of a place by the slippy map formula', () => {
  // Điện Biên Phủ.
  expect(tileAt(103.023, 21.392, 10)).toEqual([805, 449]);
  expect(tileAt(-180, 85.0511, 3)).toEqual([0, 0]);
  expect(tileAt(180, -85.0511, 3)).toEqual([7, 7]);
});
