import 'fake-indexeddb/auto';
import { beforeEach, expect, it } from 'vitest';
import { Problem } from '../src/lib/api';
import { flush, type Line } from '../src/lib/outbox';
import * as store from '../src/lib/store';
import type { Receipt, Report } from '../src/lib/types';

const REPORT: Report = { category: 'rac_thai', description: 'Rác chất ven suối', captured_at: '2026-11-25T02:00:00Z' };

const receipt = (code: string): Receipt => ({
  id: code, code, secret: 's', status: 'queued', photos: [], warnings: [],
  office: { id: 'xa-03127', name: { vi: 'UBND phường', en: 'Committee' } },
  placement: { generation: 'g', commune: null, commune_name: null, method: 'unplaced', probability: null, near_border: false, candidates: [] },
  deadline: { accept_by: '2026-11-26T02:00:00Z', resolve_by: '2026-11-30T02:00:00Z' },
});

const wait = (key: string, photos: Blob[] = []): Promise<unknown> =>
  store.keepWaiting({ key, device: 'd', report: REPORT, photos, saved_at: `2026-11-25T02:00:0${key}Z` });

beforeEach(async () => {
  for (const item of await store.waiting()) await store.forgetWaiting(item.key);
  for (const item of await store.mine()) await store.forgetMine(item.code);
  for (const item of await store.following()) await store.forgetFollowing(item.key);
});

/** A line on which every report gets through; what is given differs. */
const line = (of: Partial<Line> = {}): Line => ({
  report: async (_report, key) => receipt(`C${key}`),
  announce: async (code) => `/api/v1/reports/${code}/photos/1`,
  offset: async () => 0,
  piece: async () => undefined,
  ...of,
});

const away = async (): Promise<never> => {
  throw new Problem(0, 'no_network', '');
};

it('sends what waits in order and keeps the codes', async () => {
  await wait('2');
  await wait('1');
  const keys: string[] = [];
  expect(await flush(line({ report: async (_report, key) => (keys.push(key), receipt(`C${key}`)) }))).toEqual({ sent: 2, left: 0, refused: 0 });
  expect(keys).toEqual(['1', '2']);
  expect(await store.waiting()).toEqual([]);
  expect((await store.mine()).map((item) => item.code).sort()).toEqual(['C1', 'C2']);
});

it('stops without a network and tries the same key again', async () => {
  await wait('1');
  await wait('2');
  const keys: string[] = [];
  expect(await flush(line({ report: async (_report, key) => (keys.push(key), away()) }))).toEqual({ sent: 0, left: 2, refused: 0 });
  expect((await flush(line({ report: async (_report, key) => (keys.push(key), receipt(`C${key}`)) }))).sent).toBe(2);
  expect(keys).toEqual(['1', '1', '2']);
});

it('keeps what the server refuses, and does not send it again by itself', async () => {
  await wait('1');
  await wait('2');
  const strict = line({
    report: async (_report, key) => {
      if (key === '1') throw new Problem(422, 'unknown_category', 'Có chỗ chưa đúng', { fields: [{ path: 'category', code: 'unknown_category' }] });
      return receipt('C2');
    },
  });
  expect(await flush(strict)).toEqual({ sent: 1, left: 0, refused: 1 });
  expect((await store.waiting())[0]?.refused).toEqual({ code: 'unknown_category', title: 'Có chỗ chưa đúng', fields: [{ path: 'category', code: 'unknown_category' }] });
  expect(await flush(strict)).toEqual({ sent: 0, left: 0, refused: 0 });
});

it('waits for a busy server', async () => {
  await wait('1');
  const busy = line({
    report: async () => {
      throw new Problem(503, 'busy', '');
    },
  });
  expect((await flush(busy)).left).toBe(1);
  expect((await store.waiting()).length).toBe(1);
});

it('sends the report before its photos, and the photos from where the line broke', async () => {
  await wait('1', [new Blob(['0123456789']), new Blob(['abc'])]);
  const calls: string[] = [];
  const broken = line({ announce: async (_code, _secret, bytes) => (calls.push(`announce ${bytes}`), '/one'), piece: away });
  expect(await flush(broken)).toEqual({ sent: 1, left: 2, refused: 0 });
  expect((await store.mine())[0]?.code).toBe('C1');
  const whole = line({
    announce: async (_code, _secret, bytes) => (calls.push(`announce ${bytes}`), '/two'),
    offset: async (at) => (calls.push(`offset ${at}`), 4),
    piece: async (at, _secret, photo, offset) => void calls.push(`piece ${at} ${await photo.slice(offset).text()}`),
  });
  expect(await flush(whole)).toEqual({ sent: 0, left: 0, refused: 0 });
  expect(calls).toEqual(['announce 10', 'offset /one', 'piece /one 456789', 'announce 3', 'piece /two abc']);
  expect(await store.following()).toEqual([]);
});

it('announces a photo anew that the server has forgotten, and lets go of one that it refuses', async () => {
  await wait('1', [new Blob(['0123456789'])]);
  await flush(line({ piece: away }));
  const forgotten = async (): Promise<never> => {
    throw new Problem(404, 'not_found', '');
  };
  const sent: number[] = [];
  expect((await flush(line({ offset: forgotten, piece: async (_at, _secret, _photo, offset) => void sent.push(offset) }))).left).toBe(0);
  expect(sent).toEqual([0]);
  await wait('2', [new Blob(['x'])]);
  const strict = async (): Promise<never> => {
    throw new Problem(422, 'too_many_photos', '');
  };
  expect(await flush(line({ announce: strict }))).toEqual({ sent: 1, left: 0, refused: 0 });
  expect(await store.following()).toEqual([]);
});

it('gives a device one name for good', async () => {
  expect(await store.device()).toBe(await store.device());
});
