import type { Act, Command, State } from '../lib/types';

export type { Act };

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
export function body<Name extends Act>(act: Name, filled: Filled): Command[Name] {
  const text = filled.text.trim();
  const office = filled.office.trim();
  const bodies: { [Each in Act]: () => Command[Each] } = {
    accept: () => ({}),
    start: () => ({}),
    resolve: () => ({ text }),
    transfer: () => ({ reason: text, ...(office && { office }) }),
    wait: () => ({ question: text }),
    extend: () => ({ reason: text, until: new Date(`${filled.until}:00+07:00`).toISOString() }),
    refuse: () => ({ reason: filled.reason, text }),
    assign: () => ({ to: text }),
    merge: () => ({ into: filled.into }),
    publish: () => ({ text, photos: filled.shown }),
    comment: () => ({ text, visibility: filled.citizen ? 'citizen' : 'internal' }),
  };
  return bodies[act]();
}
