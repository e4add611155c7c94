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

/** One line of the history; what came again and again without anything between is one line with its last time. */
export interface Line {
  entry: HistoryEntry;
  times: number;
  last: string;
}

/** Reminders follow each other for weeks where nobody acts: they are told once, with how many there were. */
export function lines(history: readonly HistoryEntry[]): Line[] {
  const all: Line[] = [];
  for (const entry of history) {
    const before = all.at(-1);
    if (before && entry.kind === 'escalated' && before.entry.kind === 'escalated') Object.assign(before, { times: before.times + 1, last: entry.at });
    else all.push({ entry, times: 1, last: entry.at });
  }
  return all;
}
