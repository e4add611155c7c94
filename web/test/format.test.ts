import { expect, it } from 'vitest';
import { csv, firstWords, folded, metricValue, metres } from '../src/lib/format';
import { fitted } from '../src/lib/photos';

it('finds Vietnamese as it is typed without marks', () => {
  expect(folded('Đường xã, đường thôn bản hư hỏng')).toBe('duong xa, duong thon ban hu hong');
  expect(folded('Lũ quét'.normalize('NFD'))).toBe('lu quet');
});

it('writes tables that no spreadsheet runs', () => {
  expect(csv([['a', '=1+1'], ['"b"', 3], [null, '-x']])).toBe('\ufeff"a","\'=1+1"\r\n"""b""",3\r\n,"\'-x"\r\n');
});

it('shows each metric in its unit, and no figure as a dash', () => {
  expect(metricValue('on_time_share', 0.934, 'vi')).toBe('93,4 %');
  expect(metricValue('median_resolution_hours', 6.25, 'en')).toBe('6.3 h');
  expect(metricValue('reports', 12345, 'vi')).toBe('12.345');
  expect(metricValue('overdue', null, 'vi')).toBe('–');
  expect(metres(1400, 'vi')).toBe('1,4 km');
});

it('cuts between words', () => {
  expect(firstWords('một hai ba bốn', 9)).toBe('một hai…');
  expect(firstWords('ngắn')).toBe('ngắn');
});

it('makes photos smaller and never larger', () => {
  expect(fitted(4000, 3000)).toEqual([1600, 1200]);
  expect(fitted(640, 480)).toEqual([640, 480]);
});
