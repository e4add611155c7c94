/**
 * Colours of the map. Amounts go from dark to light in evenly perceived steps (viridis); shares and hours are compared
 * with the province, with a neutral middle. Both are told apart by colour-blind eyes.
 */

import type { HeatProperties, Metric } from '../lib/types';

export const METRICS: readonly Metric[] = ['reports', 'open', 'overdue', 'on_time_share', 'median_resolution_hours', 'p90_resolution_hours', 'reopened_share', 'satisfaction'];

const AMOUNT = ['#fde725', '#7ad151', '#22a884', '#2a788e', '#414487'] as const;
const WORSE_TO_BETTER = ['#a6611a', '#dfc27d', '#e8e6df', '#80cdc1', '#018571'] as const;
const AMOUNTS: readonly Metric[] = ['reports', 'open', 'overdue'];
const LESS_IS_BETTER: readonly Metric[] = ['median_resolution_hours', 'p90_resolution_hours', 'reopened_share'];

export interface Step {
  colour: string;
  /** Included. */
  from: number;
  /** Excluded, except in the last step. */
  to: number;
  /** How many communes lie in it. */
  communes: number;
}

export interface Scale {
  steps: Step[];
  /** For comparisons: the province's own value. */
  middle: number | null;
  suppressed: number;
  /** Steps of whole numbers, told as "5 – 9". */
  whole: boolean;
  empty: number;
}

/** 1, 2, 5, 10, 20 …: whatever of these is at or above `value`. */
export function round125(value: number): number {
  if (value <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((one) => one * power >= value * (1 - 1e-9)) ?? 10) * power;
}

/** What the value of a feature counts as: a figure, too few, or none. */
export function kindOf(one: HeatProperties): 'value' | 'suppressed' | 'empty' {
  if (one.suppressed) return 'suppressed';
  return one.value === null || one.count === 0 ? 'empty' : 'value';
}

function amounts(values: number[]): [number, number][] {
  const step = Math.max(1, round125((Math.max(...values, 1) + 1) / AMOUNT.length));
  return AMOUNT.map((_, place) => [place * step, (place + 1) * step]);
}

function compared(values: number[], middle: number): [number, number][] {
  // Each side reaches as far as its communes do, so that no share beyond 0 or 100 % is named.
  const least = Math.max(middle * 0.05, 1e-3);
  const below = Math.max(middle - Math.min(...values), least);
  const above = Math.max(Math.max(...values) - middle, least);
  const edge = (at: number): number => middle + at * (at < 0 ? below : above);
  return [-1, -0.6, -0.2, 0.2, 0.6].map((at) => [edge(at), edge(at + 0.4)]);
}

/** The steps for these communes; `province` is the value that comparisons turn around. Much stands out on either paper. */
export function scale(metric: Metric, communes: readonly HeatProperties[], province: number | null, dark = false): Scale {
  const values = communes.filter((one) => kindOf(one) === 'value').map((one) => one.value ?? 0);
  const amount = AMOUNTS.includes(metric) || province === null;
  const edges = amount ? amounts(values) : compared(values, province);
  const amountColours = dark ? [...AMOUNT].reverse() : AMOUNT;
  const colours = amount ? amountColours : LESS_IS_BETTER.includes(metric) ? [...WORSE_TO_BETTER].reverse() : WORSE_TO_BETTER;
  const steps = edges.map(([from, to], place): Step => ({ colour: colours[place] ?? '#888', from, to, communes: 0 }));
  for (const value of values) {
    const step = stepOf(steps, value);
    if (step) step.communes += 1;
  }
  return {
    steps,
    middle: amount ? null : province,
    whole: AMOUNTS.includes(metric),
    suppressed: communes.filter((one) => kindOf(one) === 'suppressed').length,
    empty: communes.filter((one) => kindOf(one) === 'empty').length,
  };
}

/** The step a value falls in; what lies beyond the ends belongs to the ends. */
export function stepOf(steps: readonly Step[], value: number): Step | undefined {
  return steps.find((step) => value < step.to - 1e-12) ?? steps.at(-1);
}
