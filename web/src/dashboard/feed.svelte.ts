/**
 * What just happened, read off the public figures of the offices: two scoreboards, one after the other, differ by what came
 * in and what was settled between them. So nothing is told here that the figures do not tell, and small offices are not told
 * at all.
 */

import type { Names, OfficeLine } from '../lib/types';

export interface News {
  at: string;
  office: string;
  name: Names;
  kind: 'received' | 'settled' | 'overdue';
  n: number;
}

const KEPT = 30;
const KINDS: readonly (readonly [News['kind'], 'reports' | 'settled' | 'overdue'])[] = [['received', 'reports'], ['settled', 'settled'], ['overdue', 'overdue']];

/** What the later board has more than the earlier. */
export function between(before: readonly OfficeLine[], now: readonly OfficeLine[], at: string): News[] {
  const known = new Map(before.map((line) => [line.office.id, line]));
  return now.flatMap((line) => {
    const then = known.get(line.office.id);
    if (!then || then.suppressed || line.suppressed) return [];
    return KINDS.flatMap(([kind, field]) => {
      const n = (line[field] ?? 0) - (then[field] ?? 0);
      return n > 0 ? [{ at, office: line.office.id, name: line.office.name, kind, n }] : [];
    });
  });
}

export class Feed {
  news = $state.raw<News[]>([]);
  #last: { cohort: string; board: readonly OfficeLine[] } | null = null;

  /** Takes the next board; one of another time span begins anew. */
  take(board: readonly OfficeLine[], cohort: string, at: string): void {
    if (this.#last?.cohort === cohort) this.news = [...between(this.#last.board, board, at), ...this.news].slice(0, KEPT);
    this.#last = { cohort, board };
  }
}
