/** What stays on this phone: the outbox, the reports that were sent, the draft. Used by the page and by its worker. */

import type { Names, Report, State } from './types';

/** A report that waits to be sent. */
export interface Waiting {
  /** The idempotency key, made once on this phone. */
  key: string;
  device: string;
  report: Report;
  /** Its deadlines run on the wall clock. */
  urgent?: boolean;
  photos: Blob[];
  saved_at: string;
  /** Set when the server refused it for good: the person must look at it. */
  refused?: { code: string; title: string; fields?: { path: string; code: string }[] };
}

/** A report that was sent, or is followed by its code and secret. */
export interface Mine {
  code: string;
  secret: string;
  category: string;
  text: string;
  urgent?: boolean;
  office: Names | null;
  status: State;
  resolve_by: string;
  sent_at: string;
  /** The key it waited under, so that the screen that sent it finds it. */
  key?: string;
}

/** A photo that follows its report, over however bad a line. */
export interface Following {
  /** The key its report waited under, and its place. */
  key: string;
  code: string;
  secret: string;
  photo: Blob;
  /** Where its bytes go, once it was announced. */
  at?: string;
}

type Table = 'outbox' | 'mine' | 'notes' | 'photos';

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('ioc', 2);
    request.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1) {
        request.result.createObjectStore('outbox', { keyPath: 'key' });
        request.result.createObjectStore('mine', { keyPath: 'code' });
        request.result.createObjectStore('notes');
      }
      request.result.createObjectStore('photos', { keyPath: 'key' });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function within<T>(tables: Table[], mode: IDBTransactionMode, work: (of: (table: Table) => IDBObjectStore) => IDBRequest<T> | void): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(tables, mode);
      const request = work((table) => transaction.objectStore(table));
      transaction.oncomplete = () => resolve(request?.result as T);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export const waiting = async (): Promise<Waiting[]> => {
  const all = await within<Waiting[]>(['outbox'], 'readonly', (of) => of('outbox').getAll());
  return all.sort((a, b) => a.saved_at.localeCompare(b.saved_at));
};

export const keepWaiting = (item: Waiting): Promise<unknown> => within(['outbox'], 'readwrite', (of) => of('outbox').put(item));

export const forgetWaiting = (key: string): Promise<unknown> => within(['outbox'], 'readwrite', (of) => void of('outbox').delete(key));

/** Moves a report from the outbox to the sent ones, and its photos to those that follow: all or nothing. */
export const sent = (item: Waiting, mine: Mine): Promise<unknown> =>
  within(['outbox', 'mine', 'photos'], 'readwrite', (of) => {
    of('outbox').delete(item.key);
    of('mine').put(mine);
    const { code, secret } = mine;
    item.photos.forEach((photo, place) => of('photos').put({ key: `${item.key}/${place}`, code, secret, photo } satisfies Following));
  });

/** The photos that have not wholly arrived, in their order. */
export const following = (): Promise<Following[]> => within<Following[]>(['photos'], 'readonly', (of) => of('photos').getAll());

export const keepFollowing = (item: Following): Promise<unknown> => within(['photos'], 'readwrite', (of) => of('photos').put(item));

export const forgetFollowing = (key: string): Promise<unknown> => within(['photos'], 'readwrite', (of) => void of('photos').delete(key));

export const mine = async (): Promise<Mine[]> => {
  const all = await within<Mine[]>(['mine'], 'readonly', (of) => of('mine').getAll());
  return all.sort((a, b) => b.sent_at.localeCompare(a.sent_at));
};

export const keepMine = (item: Mine): Promise<unknown> => within(['mine'], 'readwrite', (of) => of('mine').put(item));

export const forgetMine = (code: string): Promise<unknown> => within(['mine'], 'readwrite', (of) => void of('mine').delete(code));

export const note = <T>(name: string): Promise<T | undefined> => within<T>(['notes'], 'readonly', (of) => of('notes').get(name));

export const keepNote = (name: string, value: unknown): Promise<unknown> => within(['notes'], 'readwrite', (of) => of('notes').put(value, name));

/** A name that nobody else makes: 128 random bits. */
export function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** This phone's own name towards the server: random, and of no use elsewhere. */
export async function device(): Promise<string> {
  const known = await note<string>('device');
  if (known) return known;
  const fresh = freshKey();
  await keepNote('device', fresh);
  return fresh;
}
