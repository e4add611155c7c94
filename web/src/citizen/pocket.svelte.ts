/** What this phone holds: reports that wait and reports that were sent, and how sending is going. */

import { flush } from '../lib/outbox';
import { ownReport } from '../lib/api';
import * as store from '../lib/store';

const OPEN = ['queued', 'accepted', 'in_progress', 'waiting_for_citizen', 'resolved'];

interface WithSync extends ServiceWorkerRegistration {
  readonly sync?: { register(tag: string): Promise<void> };
}

export class Pocket {
  waiting = $state.raw<store.Waiting[]>([]);
  mine = $state.raw<store.Mine[]>([]);
  /** Photos that have not wholly arrived. */
  following = $state(0);
  sending = $state(false);

  /** Reads what is there, sends what waits, and again whenever the network comes back. */
  watch(): () => void {
    const again = (): void => void this.send();
    const changed = (): void => void this.read();
    const seen = (): void => void (document.visibilityState === 'visible' && this.#has && this.send());
    void this.read().then(again);
    addEventListener('online', again);
    document.addEventListener('visibilitychange', seen);
    navigator.serviceWorker?.addEventListener('message', changed);
    const timer = setInterval(() => this.#has && void this.send(), 60_000);
    return () => {
      removeEventListener('online', again);
      document.removeEventListener('visibilitychange', seen);
      navigator.serviceWorker?.removeEventListener('message', changed);
      clearInterval(timer);
    };
  }

  get #has(): boolean {
    return this.following > 0 || this.waiting.some((item) => !item.refused);
  }

  async read(): Promise<void> {
    const all = await Promise.all([store.waiting(), store.mine(), store.following()]).catch(() => [[], [], []] as const);
    [this.waiting, this.mine] = [[...all[0]], [...all[1]]];
    this.following = all[2].length;
  }

  /** Keeps a report before anything else, then tries to send it. Throws when the phone cannot keep it. */
  async post(item: store.Waiting): Promise<void> {
    await store.keepWaiting(item);
    await this.read();
    void this.send();
  }

  async send(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      const outcome = await flush(undefined, () => void this.read());
      if (outcome.left > 0) await later();
    } catch {
      await later();
    } finally {
      this.sending = false;
      await this.read();
    }
  }

  async forget(key: string): Promise<void> {
    await store.forgetWaiting(key);
    await this.read();
  }

  async remember(item: store.Mine): Promise<void> {
    await store.keepMine(item);
    await this.read();
  }

  async drop(code: string): Promise<void> {
    await store.forgetMine(code);
    await this.read();
  }

  /** Asks how the open ones are going. */
  async refresh(): Promise<void> {
    const open = this.mine.filter((item) => item.secret && OPEN.includes(item.status)).slice(0, 20);
    for (const item of open) {
      const now = await ownReport(item.code, item.secret).catch(() => null);
      if (!now) continue;
      await store.keepMine({ ...item, status: now.status, office: now.office.name, resolve_by: now.deadline.resolve_by });
    }
    if (open.length > 0) await this.read();
  }
}

/** Where the browser can, it sends by itself even after this page is closed. */
async function later(): Promise<void> {
  const worker: WithSync | undefined = await navigator.serviceWorker?.getRegistration();
  await worker?.sync?.register('outbox').catch(() => undefined);
}
