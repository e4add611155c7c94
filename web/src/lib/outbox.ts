/** Sends what waits, one by one, exactly once: the key was made on this phone, and the server knows it again. */

import { Problem, sendReport } from './api';
import { firstWords } from './format';
import * as store from './store';
import type { Receipt } from './types';

export interface Outcome {
  sent: number;
  /** Still waiting for a network or a server. */
  left: number;
  refused: number;
}

export type Send = typeof sendReport;

/** Only one of the page's windows and its worker sends at a time. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  return locks ? locks.request('ioc-outbox', work) : work();
}

/** Sends everything that waits. Stops at the first failure that may pass, because the next would fail too. */
export function flush(send: Send = sendReport): Promise<Outcome> {
  return alone(async () => {
    const outcome: Outcome = { sent: 0, left: 0, refused: 0 };
    const items = (await store.waiting()).filter((item) => !item.refused);
    for (const [place, item] of items.entries()) {
      try {
        await store.sent(item.key, kept(item, await send(item.report, item.photos, item.key, item.device)));
        outcome.sent += 1;
      } catch (why) {
        if (!(why instanceof Problem) || why.passing) {
          outcome.left = items.length - place;
          break;
        }
        await store.keepWaiting({ ...item, refused: { code: why.code, title: why.title } });
        outcome.refused += 1;
      }
    }
    return outcome;
  });
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
