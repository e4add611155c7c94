import type { State } from '../lib/types';

export type Act = 'accept' | 'start' | 'resolve' | 'transfer' | 'wait' | 'extend' | 'refuse' | 'assign' | 'merge' | 'publish' | 'comment';

const WORKING: Act[] = ['resolve', 'transfer', 'wait', 'extend', 'refuse', 'assign', 'merge', 'publish', 'comment'];
const ENDED: Act[] = ['publish', 'comment'];

const POSSIBLE: Partial<Record<State, Act[]>> = {
  queued: ['accept', 'transfer', 'wait', 'extend', 'refuse', 'merge', 'comment'],
  accepted: ['start', ...WORKING],
  in_progress: WORKING,
  waiting_for_citizen: ['transfer', 'extend', 'assign', 'merge', 'publish', 'comment'],
  resolved: ENDED,
  closed: ENDED,
};

/** What an official can do in a state, the likeliest first; a settled ticket takes notes, and can be made public. */
export const possible = (status: State): Act[] => POSSIBLE[status] ?? ['comment'];

/** These need no words. */
export const atOnce = (act: Act): boolean => act === 'accept' || act === 'start';

export const REASONS = ['cannot_verify', 'not_an_office_matter', 'old_evidence', 'abuse', 'other'] as const;

export interface Filled {
  text: string;
  reason: string;
  office: string;
  until: string;
  citizen: boolean;
  /** The main ticket of a duplicate. */
  into: string;
  /** Photos of the ticket that are to be public. */
  shown: string[];
}

export const blank = (): Filled => ({ text: '', reason: REASONS[0], office: '', until: '', citizen: false, into: '', shown: [] });

/** Whether enough was filled in to send it. */
export const filledIn = (act: Act, filled: Filled): boolean => (act === 'merge' ? filled.into !== '' : filled.text.trim() !== '');

/** The body of a command from what was filled in. `until` is Vietnam's time as the field writes it. */
export function body(act: Act, filled: Filled): unknown {
  const text = filled.text.trim();
  switch (act) {
    case 'resolve': return { text };
    case 'transfer': return { reason: text, ...(filled.office.trim() && { office: filled.office.trim() }) };
    case 'wait': return { question: text };
    case 'extend': return { reason: text, until: new Date(`${filled.until}:00+07:00`).toISOString() };
    case 'refuse': return { reason: filled.reason, text };
    case 'assign': return { to: text };
    case 'merge': return { into: filled.into };
    case 'publish': return { text, photos: filled.shown };
    case 'comment': return { text, visibility: filled.citizen ? 'citizen' : 'internal' };
    default: return {};
  }
}
