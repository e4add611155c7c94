import 'fake-indexeddb/auto';
import { beforeEach, expect, it } from 'vitest';
import { Problem } from '../src/lib/api';
import { flush, type Send } from '../src/lib/outbox';
import * as store from '../src/lib/store';
import type { Receipt, Report } from '../src/lib/types';

const REPORT: Report = { category: 'rac_thai', description: 'Rác chất ven suối', captured_at: '2026-11-25T02:00:00Z' };

const receipt = (code: string): Receipt => ({
  id: code, code, secret: 's', status: 'queued', photos: [],
  office: { id: 'xa-03127', name: { vi: 'UBND phường', en: 'Committee' } },
  placement: { generation: 'g', commune: null, commune_name: null, method: 'unplaced', probability: null, near_border: false, candidates: [] },
  deadline: { accept_by: '2026-11-26T02:00:00Z', resolve_by: '2026-11-30T02:00:00Z' },
});

const wait = (key: string): Promise<unknown> =>
  store.keepWaiting({ key, device: 'd', report: REPORT, photos: [], saved_at: `2026-11-25T02:00:0${key}Z` });

beforeEach(async () => {
  for (const item of await store.waiting()) await store.forgetWaiting(item.key);
  for (const item of await store.mine()) await store.forgetMine(item.code);
});

it('sends what waits in order and keeps the codes', async () => {
  await wait('2');
  await wait('1');
  const keys: string[] = [];
  const send: Send = async (_report, _photos, key) => (keys.push(key), receipt(`C${key}`));
  expect(await flush(send)).toEqual({ sent: 2, left: 0, refused: 0 });
  expect(keys).toEqual(['1', '2']);
  expect(await store.waiting()).toEqual([]);
  expect((await store.mine()).map((item) => item.code).sort()).toEqual(['C1', 'C2']);
});

it('stops without a network and tries the same key again', async () => {
  await wait('1');
  await wait('2');
  const keys: string[] = [];
  const away: Send = async (_report, _photos, key) => {
    keys.push(key);
    throw new Problem(0, 'no_network', '');
  };
  expect(await flush(away)).toEqual({ sent: 0, left: 2, refused: 0 });
  expect((await flush(async (_report, _photos, key) => (keys.push(key), receipt(`C${key}`)))).sent).toBe(2);
  expect(keys).toEqual(['1', '1', '2']);
});

it('keeps what the server refuses, and does not send it again by itself', async () => {
  await wait('1');
  await wait('2');
  const send: Send = async (_report, _photos, key) => {
    if (key === '1') throw new Problem(422, 'unknown_category', 'Có chỗ chưa đúng');
    return receipt('C2');
  };
  expect(await flush(send)).toEqual({ sent: 1, left: 0, refused: 1 });
  expect((await store.waiting())[0]?.refused?.code).toBe('unknown_category');
  expect(await flush(send)).toEqual({ sent: 0, left: 0, refused: 0 });
});

it('waits for a busy server', async () => {
  await wait('1');
  const busy: Send = async () => {
    throw new Problem(503, 'busy', '');
  };
  expect((await flush(busy)).left).toBe(1);
  expect((await store.waiting()).length).toBe(1);
});

it('gives a device one name for good', async () => {
  expect(await store.device()).toBe(await store.device());
});
