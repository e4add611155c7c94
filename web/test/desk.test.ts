import { expect, it } from 'vitest';
import { blank, body, possible } from '../src/desk/acts';
import { colleagues, mains } from '../src/desk/people';
import type { Ticket } from '../src/lib/types';

it('offers to resolve only what was accepted', () => {
  expect(possible('queued')[0]).toBe('accept');
  expect(possible('queued')).not.toContain('resolve');
  expect(possible('in_progress')[0]).toBe('resolve');
  expect(possible('closed')).toEqual(['publish', 'comment']);
  expect(possible('refused')).toEqual(['comment']);
});

it('reads a new deadline as Vietnam\'s time', () => {
  expect(body('extend', { ...blank(), text: ' mưa ', until: '2026-11-30T17:00' })).toEqual({ reason: 'mưa', until: '2026-11-30T10:00:00.000Z' });
});

it('leaves the office out when the map shall suggest one', () => {
  expect(body('transfer', { ...blank(), text: 'xã bên' })).toEqual({ reason: 'xã bên' });
  expect(body('transfer', { ...blank(), text: 'xã bên', office: ' xa-03127 ' })).toEqual({ reason: 'xã bên', office: 'xa-03127' });
});

it('offers duplicates of the same matter first, then what lies nearest', () => {
  const at = (id: string, category: string, lon: number, status = 'queued'): Ticket => ({ id, category, status, position: { lon, lat: 21.4, source: 'gps' } }) as Ticket;
  const all = [at('far', 'a', 103.2), at('other', 'b', 103.0001), at('near', 'a', 103.001), at('done', 'a', 103, 'closed')];
  expect(mains(at('own', 'a', 103), [...all, at('own', 'a', 103)]).map((one) => one.ticket.id)).toEqual(['near', 'far', 'other']);
  expect(Math.round(mains(at('own', 'a', 103), all)[0]!.metres)).toBe(104);
});

it('names colleagues once, and whoever is signed in', () => {
  const with_ = (assignee: string | null): Ticket => ({ assignee }) as Ticket;
  expect(colleagues([with_('Bình'), with_(null), with_('An'), with_('Bình')], 'Chi')).toEqual(['An', 'Bình', 'Chi']);
});
