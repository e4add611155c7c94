/** An office's queue: told of changes by the server, and asked for now and then in any case. */

import { Problem, type Desk } from '../lib/api';
import { folded } from '../lib/format';
import { urgency, type Urgency } from '../lib/time';
import type { Ticket } from '../lib/types';

const OPEN = 'queued,accepted,in_progress,waiting_for_citizen';
const DONE = 'resolved,closed,refused,merged,withdrawn';
/** Without the stream, and with it. */
const OFTEN_MS = 10_000;
const SELDOM_MS = 60_000;
/** Changes that come together are looked at together. */
const TOGETHER_MS = 150;

export type View = 'open' | 'done';
export type Group = Urgency | 'done';

export class Queue {
  tickets = $state.raw<Ticket[] | null>(null);
  view = $state<View>('open');
  search = $state('');
  now = $state(Date.now());
  /** Tickets that came while the page was open and were not looked at. */
  fresh = $state.raw<ReadonlySet<string>>(new Set());
  /** Since when the server is away. */
  lost = $state<string | null>(null);
  denied = $state(false);
  /** The server tells of changes as they happen. */
  live = $state(false);
  #asked = 0;
  #known: Set<string> | null = null;

  constructor(
    readonly desk: Desk,
    private readonly urgent: (ticket: Ticket) => void,
  ) {}

  get found(): Ticket[] {
    const words = folded(this.search.trim());
    const all = this.tickets ?? [];
    if (!words) return all;
    return all.filter((ticket) => folded(`${ticket.code} ${ticket.description} ${ticket.commune_name?.vi ?? ''} ${ticket.assignee ?? ''}`).includes(words));
  }

  get groups(): [Group, Ticket[]][] {
    if (this.view === 'done') return this.found.length > 0 ? [['done', this.found]] : [];
    const groups: [Group, Ticket[]][] = [['overdue', []], ['today', []], ['later', []]];
    for (const ticket of this.found) groups.find(([group]) => group === urgency(due(ticket), this.now))?.[1].push(ticket);
    return groups.filter(([, tickets]) => tickets.length > 0);
  }

  /** In the order of the screen, for the keyboard. */
  get order(): Ticket[] {
    return this.groups.flatMap(([, tickets]) => tickets);
  }

  watch(): () => void {
    let soon: ReturnType<typeof setTimeout> | undefined;
    const stir = (): void => {
      soon ??= setTimeout(() => {
        soon = undefined;
        void this.ask();
      }, TOGETHER_MS);
    };
    void this.ask();
    const deaf = this.desk.listen(stir, (open) => {
      // What happened while the line was down is not told again.
      if (open && !this.live) stir();
      this.live = open;
    });
    const timer = setInterval(() => {
      this.now = Date.now();
      if (Date.now() - this.#asked >= (this.live ? SELDOM_MS : OFTEN_MS)) void this.ask();
    }, OFTEN_MS);
    return () => {
      deaf();
      clearTimeout(soon);
      clearInterval(timer);
    };
  }

  /** The states that are shown, as the API takes them. */
  get states(): string {
    return this.view === 'open' ? OPEN : DONE;
  }

  show(view: View): void {
    if (this.view === view) return;
    this.view = view;
    this.tickets = null;
    void this.ask();
  }

  seen(id: string): void {
    if (this.fresh.has(id)) this.fresh = new Set([...this.fresh].filter((one) => one !== id));
  }

  async ask(): Promise<void> {
    const view = this.view;
    this.#asked = Date.now();
    try {
      const tickets = await this.desk.queue(this.states);
      this.now = Date.now();
      this.lost = null;
      if (!tickets || view !== this.view) return;
      if (view === 'open') this.#greet(tickets);
      this.tickets = tickets;
    } catch (why) {
      if (why instanceof Problem && why.status === 401) this.denied = true;
      this.lost ??= new Date().toISOString();
    }
  }

  #greet(tickets: Ticket[]): void {
    const known = this.#known;
    this.#known = new Set([...(known ?? []), ...tickets.map((ticket) => ticket.id)]);
    if (!known) return;
    const came = tickets.filter((ticket) => !known.has(ticket.id));
    if (came.length === 0) return;
    this.fresh = new Set([...this.fresh, ...came.map((ticket) => ticket.id)]);
    const first = came.find((ticket) => ticket.urgent);
    if (first) this.urgent(first);
  }
}

/** What is promised next: to accept while it waits, to resolve afterwards. */
export const due = (ticket: Ticket): string => (ticket.status === 'queued' ? ticket.deadline.accept_by : ticket.deadline.resolve_by);
