/** The figures of the dashboard, asked for every half minute: aggregates only, never rows. */

import { heatmap, hexagons, scoreboard, summary, timeline, type Cohort } from '../lib/api';
import { communes } from '../lib/places';
import { day } from '../lib/time';
import type { Heatmap, Metric, Moment, OfficeLine, Summary } from '../lib/types';

const EVERY_MS = 30_000;

/** Days back, today included; 0 is everything. */
export type Period = 7 | 30 | 365 | 0;

export class Figures {
  period = $state<Period>(0);
  metric = $state<Metric>('on_time_share');
  now = $state.raw<Summary | null>(null);
  before = $state.raw<Summary | null>(null);
  board = $state.raw<OfficeLine[] | null>(null);
  base = $state.raw<Heatmap | null>(null);
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
    void this.ask();
    const timer = setInterval(() => void this.ask(), EVERY_MS);
    return () => clearInterval(timer);
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

  /** Shows the days of one step of the timeline; the same once more shows the period again. */
  pick(from: string, to: string): void {
    this.days = this.days?.from === from ? null : { from, to };
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
    const earlier = { from: day(Date.now(), 2 * period - 1), to: day(Date.now(), period) };
    try {
      const [base, now, before, board, heat, cells, line] = await Promise.all([
        communes(),
        summary(cohort),
        whole ? null : summary(earlier),
        scoreboard(cohort),
        heatmap(metric, 'none', cohort),
        hexed ? hexagons(metric, cohort) : null,
        timeline(this.reach),
      ]);
      if (number !== this.#asked) return;
      Object.assign(this, { base, now, before, board, heat, cells, line, shown: metric, at: new Date().toISOString(), wrong: null });
    } catch (why) {
      if (number === this.#asked) this.wrong = why;
    }
  }
}

/** The province's value of a metric, for comparisons. */
export const provinceValue = (metric: Metric, figures: Summary | null): number | null => figures?.[metric] ?? null;
