import type { Moment } from '../lib/types';

export interface Bar {
  of: Moment;
  /** Of a hundred; what is too few to be told has no height. */
  reports: number;
  ended: number;
}

const DAY = 86_400_000;
const at = (day: string): number => Date.parse(`${day}T00:00:00Z`);
const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
const days = ({ from, to }: Pick<Moment, 'from' | 'to'>): number => Math.round((at(to) - at(from)) / DAY) + 1;

/** The step after this one: of a day, of a week, or of a month. */
function after(step: Moment): { from: string; to: string } {
  const from = at(step.to) + DAY;
  const long = days(step);
  if (long <= 7) return { from: day(from), to: day(from + (long - 1) * DAY) };
  const first = new Date(from);
  return { from: day(from), to: day(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)) };
}

/** The same with the steps between in which nothing happened, so that equal times are equally wide. */
export function whole(moments: readonly Moment[]): Moment[] {
  const all: Moment[] = [];
  for (const moment of moments) {
    for (let last = all.at(-1); last && after(last).from < moment.from; last = all.at(-1)) {
      all.push({ ...after(last), suppressed: false, reports: 0, ended: 0 });
    }
    all.push(moment);
  }
  return all;
}

/** The bars of a timeline, the highest a hundred high. */
export function bars(moments: readonly Moment[]): Bar[] {
  const most = Math.max(1, ...moments.flatMap((one) => [one.reports ?? 0, one.ended ?? 0]));
  const height = (value: number | null | undefined): number => ((value ?? 0) / most) * 100;
  return moments.map((of) => ({ of, reports: height(of.reports), ended: height(of.ended) }));
}

/** First and last step of what is chosen, both included. */
export type Brush = readonly [number, number];

/** What days on a timeline are chosen; null where they are none of it. */
export function brushOf(moments: readonly Moment[], chosen: { from: string; to: string } | null): Brush | null {
  if (!chosen) return null;
  const first = moments.findIndex((one) => one.from >= chosen.from);
  const last = moments.findLastIndex((one) => one.to <= chosen.to);
  return first === -1 || last < first ? null : [first, last];
}

/** One end moved to a step; an end that passes the other takes it along. */
export function moved([first, last]: Brush, end: 0 | 1, to: number, steps: number): Brush {
  const step = Math.min(steps - 1, Math.max(0, to));
  return end === 0 ? [step, Math.max(step, last)] : [Math.min(step, first), step];
}

/** The whole brush moved by some steps, as far as there are any. */
export function shifted([first, last]: Brush, by: number, steps: number): Brush {
  const far = Math.min(steps - 1 - last, Math.max(-first, by));
  return [first + far, last + far];
}

/** Where a key takes an end; null for keys that move nothing. */
export function keyed(key: string, place: number, steps: number): number | null {
  const page = Math.max(2, Math.round(steps / 10));
  switch (key) {
    case 'ArrowLeft': case 'ArrowDown': return place - 1;
    case 'ArrowRight': case 'ArrowUp': return place + 1;
    case 'PageDown': return place - page;
    case 'PageUp': return place + page;
    case 'Home': return 0;
    case 'End': return steps - 1;
    default: return null;
  }
}
