/** The figures of the dashboard, asked for when the server says that they have moved: aggregates only, never rows. */

import { cells as cellsSince, heatmap, hexagons, Problem, scoreboard, summary, timeline } from '../lib/api';
import { ground } from '../lib/places';
import { kept, leave, type Session } from '../lib/session';
import { day, yearOfMonths } from '../lib/time';
import { Feed } from './feed.svelte';
import type { Board, Cohort, Ground, Heatmap, Metric, Moment, Summary } from '../lib/types';

/** Without the stream, and with it. */
const OFTEN_MS = 30_000;
const SELDOM_MS = 300_000;
/** The server tells at most every two seconds; a storm is looked at as one. */
const TOGETHER_MS = 1_000;

/** Days back, today included; 0 is everything. */
export type Period = 7 | 30 | 365 | 0;

export class Figures {
  period = $state<Period>(0);
  metric = $state<Metric>('on_time_share');
  now = $state.raw<Summary | null>(null);
  before = $state.raw<Summary | null>(null);
  board = $state.raw<Board | null>(null);
  /** The board of the time before, for who rose and who fell. */
  earlier = $state.raw<Board | null>(null);
  /** The server tells of changes as they happen. */
  live = $state(false);
  readonly feed = new Feed();
  /** Who looks, where somebody has signed in. */
  session = $state.raw<Session | null>(kept());
  base = $state.raw<Ground | null>(null);
  heat = $state.raw<Heatmap | null>(null);
  /** The map is coloured by hexagons instead of communes. */
  hexed = $state(false);
  cells = $state.raw<Heatmap | null>(null);
  line = $state.raw<Moment[] | null>(null);
  /** Days chosen on the timeline, instead of the period. */
  days = $state.raw<{ from: string; to: string } | null>(null);
  /** The metric that `heat` shows; it lags behind the wish by one answer. */
  shown = $state<Metric>('on_time_share');
  at = $state<string | null>(null);
  wrong = $state.raw<unknown>(null);
  #asked = 0;

  watch(): () => void {
    let soon: ReturnType<typeof setTimeout> | undefined;
    let last = Date.now();
    const ask = (): void => {
      soon = undefined;
      last = Date.now();
      void this.ask();
    };
    ask();
    const source = new EventSource('/api/v1/live');
    let known = '';
    source.addEventListener('figures', (event) => {
      const told = (event as MessageEvent<string>).data;
      // The first one is what was just asked for.
      if (known && told !== known) soon ??= setTimeout(ask, TOGETHER_MS);
      known = told;
    });
    source.onopen = () => (this.live = true);
    source.onerror = () => (this.live = false);
    const timer = setInterval(() => {
      if (Date.now() - last >= (this.live ? SELDOM_MS : OFTEN_MS)) ask();
    }, OFTEN_MS);
    return () => {
      source.close();
      clearTimeout(soon);
      clearInterval(timer);
    };
  }

  show(metric: Metric): void {
    this.metric = metric;
    void this.ask();
  }

  span(period: Period): void {
    this.period = period;
    this.days = null;
    this.before = null;
    this.line = null;
    void this.ask();
  }

  /** Shows hexagons, or communes again. */
  hex(on: boolean): void {
    this.hexed = on;
    void this.ask();
  }

  /** Shows days of the timeline; null shows the period again. */
  pick(days: { from: string; to: string } | null): void {
    this.days = days;
    void this.ask();
  }

  /** Somebody else looks now: other figures may be seen. */
  turn(session: Session | null): void {
    this.session = session;
    this.now = null;
    this.board = null;
    void this.ask();
  }

  /** What everything counts. */
  get cohort(): Cohort {
    return this.days ?? this.reach;
  }

  /** What the timeline shows. */
  get reach(): Cohort {
    return this.period === 0 ? {} : { from: day(Date.now(), this.period - 1) };
  }

  async ask(): Promise<void> {
    const number = ++this.#asked;
    const { metric, period, cohort, hexed, days } = this;
    const whole = period === 0 || days !== null;
    // The feed has a question of its own: whoever looks at other days still hears what happens today.
    const [since, inside] = [yearOfMonths(Date.now()), this.session !== null];
    const earlier = { from: day(Date.now(), 2 * period - 1), to: day(Date.now(), period) };
    try {
      const [base, now, before, board, rivals, heat, cells, line, moved] = await Promise.all([
        ground(),
        summary(cohort),
        whole ? null : summary(earlier),
        scoreboard(cohort),
        whole ? null : scoreboard(earlier),
        heatmap(metric, cohort),
        hexed ? hexagons(metric, cohort) : null,
        timeline(this.reach),
        cellsSince(since),
      ]);
      if (number !== this.#asked) return;
      const at = new Date().toISOString();
      this.feed.take(moved, `${since} ${inside}`, at);
      Object.assign(this, { base, now, before, board, earlier: rivals, heat, cells, line, shown: metric, at, wrong: null });
    } catch (why) {
      if (number !== this.#asked) return;
      this.wrong = why;
      // The session is over: what everybody may see is still there.
      if (why instanceof Problem && why.status === 401 && this.session) {
        await leave();
        this.turn(null);
      }
    }
  }
}

/** The province's value of a metric, for comparisons. */
export const provinceValue = (metric: Metric, figures: Summary | null): number | null => figures?.[metric] ?? null;
