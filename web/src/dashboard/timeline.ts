import type { Moment } from '../lib/types';

export interface Bar {
  of: Moment;
  /** Of a hundred; what is too few to be told has no height. */
  reports: number;
  ended: number;
}

/** The bars of a timeline, the highest a hundred high. */
export function bars(moments: readonly Moment[]): Bar[] {
  const most = Math.max(1, ...moments.flatMap((one) => [one.reports ?? 0, one.ended ?? 0]));
  const height = (value: number | null): number => ((value ?? 0) / most) * 100;
  return moments.map((of) => ({ of, reports: height(of.reports), ended: height(of.ended) }));
}
