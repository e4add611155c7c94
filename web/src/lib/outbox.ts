/**
 * Sends what waits, one by one, exactly once: the key was made on this phone, and the server knows it again. A report goes
 * first, in a few hundred bytes; its photos follow piece by piece and resume where the line broke.
 */

import { announcePhoto, photoOffset, Problem, sendPiece, sendReport } from './api';
import { firstWords } from './format';
import * as store from './store';
import type { Receipt } from './types';

export interface Outcome {
  sent: number;
  /** Reports and photos that still wait for a network or a server. */
  left: number;
  refused: number;
}

/** The calls that sending makes. */
export interface Line {
  report: typeof sendReport;
  announce: typeof announcePhoto;
  offset: typeof photoOffset;
  piece: typeof sendPiece;
}

const LINE: Line = { report: sendReport, announce: announcePhoto, offset: photoOffset, piece: sendPiece };

/** Only one of the page's windows and its worker sends at a time. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  return locks ? locks.request('ioc-outbox', work) : work();
}

const passing = (why: unknown): boolean => !(why instanceof Problem) || why.passing;

/** Sends everything that waits. Stops at the first failure that may pass, because the next would fail too. */
export function flush(line: Line = LINE, told: () => void = () => undefined): Promise<Outcome> {
  return alone(async () => {
    const outcome: Outcome = { sent: 0, left: 0, refused: 0 };
    await reports(line, outcome);
    if (outcome.sent > 0) told();
    if (outcome.left === 0) await photos(line, outcome);
    return outcome;
  });
}

async function reports(line: Line, outcome: Outcome): Promise<void> {
  const items = (await store.waiting()).filter((item) => !item.refused);
  for (const [place, item] of items.entries()) {
    try {
      await store.sent(item, kept(item, await line.report(item.report, item.key, item.device)));
      outcome.sent += 1;
    } catch (why) {
      if (passing(why)) {
        outcome.left = items.length - place;
        return;
      }
      const { code, title, fields } = why as Problem;
      await store.keepWaiting({ ...item, refused: { code, title, fields } });
      outcome.refused += 1;
    }
  }
}

async function photos(line: Line, outcome: Outcome): Promise<void> {
  const items = await store.following();
  for (const [place, item] of items.entries()) {
    try {
      await follow(line, item);
      await store.forgetFollowing(item.key);
    } catch (why) {
      if (passing(why)) {
        outcome.left = items.length - place;
        return;
      }
      // Refused for good: the report stands without it, and says so.
      await store.forgetFollowing(item.key);
    }
  }
}

/** Announces a photo under its own name, and sends what the server does not have yet. */
async function follow(line: Line, item: store.Following): Promise<void> {
  const known = item.at ? await line.offset(item.at, item.secret).catch(gone) : null;
  let at = known === null ? undefined : item.at;
  if (!at) {
    at = await line.announce(item.code, item.secret, item.photo.size, item.key);
    await store.keepFollowing({ ...item, at });
  }
  if ((known ?? 0) < item.photo.size) await line.piece(at, item.secret, item.photo, known ?? 0);
}

/** A place that the server has forgotten is asked for anew. */
function gone(why: unknown): null {
  if (why instanceof Problem && why.status === 404) return null;
  throw why;
}

/** What stays on the phone of a report that was sent. */
function kept(item: store.Waiting, receipt: Receipt): store.Mine {
  return {
    code: receipt.code,
    secret: receipt.secret,
    category: item.report.category,
    text: firstWords(item.report.description, 160),
    urgent: item.urgent ?? false,
    office: receipt.office.name,
    status: receipt.status,
    resolve_by: receipt.deadline.resolve_by,
    sent_at: item.saved_at,
    key: item.key,
  };
}
