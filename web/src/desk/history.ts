import { say, type Key } from '../lib/speech.svelte';
import type { Actor, HistoryEntry } from '../lib/types';

/** Who did it, as officials say it. */
export function who(actor: Actor): string {
  if ('name' in actor) return actor.name;
  return say(actor.kind === 'citizen' ? 'who_citizen' : 'who_system');
}

/** Who and what, for one entry. */
export function told(entry: HistoryEntry): { who: string; what: string } {
  return { who: who(entry.actor), what: say(`ev_${entry.kind}` as Key, { stars: entry.stars ?? '' }) };
}

/** The words that came with it. */
export function words(event: HistoryEntry): string {
  const reason = event.kind === 'refused' ? say(`reason_${event.reason}` as Key) : event.reason;
  const more = [reason, event.text, event.question, event.kind === 'handed' ? event.to : '', event.assignee];
  return more.filter(Boolean).join(' · ');
}
