/** The figures of the dashboard, asked for every half minute: aggregates only, never rows. */

import { heatmap, scoreboard, summary, type Cohort } from '../lib/api';
import { communes } from '../lib/places';
import { day } from '../lib/time';
import type { Heatmap, Metric, OfficeLine, Summary } from '../lib/types';

const EVERY_MS = 30_000;

/** Days back, today included; 0 is everything. */
export type Period = 7 | 30 | 0;

export class Figures {
  period = $state<Period>(0);
  metric = $state<Metric>('on_time_share');
  now = $state.raw<Summary | null>(null);
  before = $state.raw<Summary | null>(null);
  board = $state.raw<OfficeLine[] | null>(null);
  base = $state.raw<Heatmap | null>(null);
  heat = $state.raw<Heatmap | null>(null);
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
    this.before = null;
    void this.ask();
  }

  get cohort(): Cohort {
    return this.period === 0 ? {} : { from: day(Date.now(), this.period - 1) };
  }

  async ask(): Promise<void> {
    const number = ++this.#asked;
    const { metric, period, cohort } = this;
    const earlier = { from: day(Date.now(), 2 * period - 1), to: day(Date.now(), period) };
    try {
      const [base, now, before, board, heat] = await Promise.all([
        communes(),
        summary(cohort),
        period === 0 ? null : summary(earlier),
        scoreboard(cohort),
        heatmap(metric, 'none', cohort),
      ]);
      if (number !== this.#asked) return;
      Object.assign(this, { base, now, before, board, heat, shown: metric, at: new Date().toISOString(), wrong: null });
    } catch (why) {
      if (number === this.#asked) this.wrong = why;
    }
  }
}

/** The province's value of a metric, for comparisons. */
export const provinceValue = (metric: Metric, figures: Summary | null): number | null => figures?.[metric] ?? null;
