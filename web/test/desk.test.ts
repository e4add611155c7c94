import { expect, it } from 'vitest';
import { blank, body, possible } from '../src/desk/acts';

it('offers to resolve only what was accepted', () => {
  expect(possible('queued')[0]).toBe('accept');
  expect(possible('queued')).not.toContain('resolve');
  expect(possible('in_progress')[0]).toBe('resolve');
  expect(possible('closed')).toEqual(['comment']);
});

it('reads a new deadline as Vietnam\'s time', () => {
  expect(body('extend', { ...blank(), text: ' mưa ', until: '2026-11-30T17:00' })).toEqual({ reason: 'mưa', until: '2026-11-30T10:00:00.000Z' });
});

it('leaves the office out when the map shall suggest one', () => {
  expect(body('transfer', { ...blank(), text: 'xã bên' })).toEqual({ reason: 'xã bên' });
  expect(body('transfer', { ...blank(), text: 'xã bên', office: ' xa-03127 ' })).toEqual({ reason: 'xã bên', office: 'xa-03127' });
});
