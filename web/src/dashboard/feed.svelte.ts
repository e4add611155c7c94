/**
 * What just happened, read off the figures of the offices and their categories: two scoreboards, one after the other, differ
 * by what came in and what was settled between them. So nothing is told here that the figures do not tell: small offices
 * not at all, and what moved in a small category by its office alone.
 */

import type { Names, OfficeLine } from '../lib/types';

export interface News {
  at: string;
  office: string;
  name: Names;
  /** '' where the figures do not say of what. */
  category: string;
  /** The category's name, where the rules still have it. */
  of: Names | null;
  kind: 'received' | 'settled' | 'overdue';
  n: number;
}

const KEPT = 30;
const KINDS: readonly (readonly [News['kind'], 'reports' | 'settled' | 'overdue'])[] = [['received', 'reports'], ['settled', 'settled'], ['overdue', 'overdue']];

/** How much more; null where either is not told. */
function more(was: number | null | undefined, is: number | null | undefined): number | null {
  return was === null || was === undefined || is === null || is === undefined ? null : is - was;
}

/** What the later board has more than the earlier: by category, and without one what the categories do not explain. */
export function between(before: readonly OfficeLine[], now: readonly OfficeLine[], at: string): News[] {
  const known = new Map(before.map((line) => [line.office.id, line]));
  return now.flatMap((line) => {
    const then = known.get(line.office.id);
    if (!then || then.suppressed || line.suppressed) return [];
    const cells = new Map(then.categories?.map((one) => [one.category, one]));
    return KINDS.flatMap(([kind, field]) => {
      const told = (category: string, of: Names | null, n: number): News[] =>
        n > 0 ? [{ at, office: line.office.id, name: line.office.name, category, of, kind, n }] : [];
      let rest = more(then[field], line[field]) ?? 0;
      const explained = (line.categories ?? []).flatMap((one) => {
        const n = more(cells.get(one.category)?.[field], one[field]) ?? 0;
        rest -= n;
        return told(one.category, one.name ?? null, n);
      });
      return [...explained, ...told('', null, rest)];
    });
  });
}

export class Feed {
  news = $state.raw<News[]>([]);
  #last: { asked: string; board: readonly OfficeLine[] } | null = null;

  /** Takes the next board; the first one that was asked for otherwise begins anew. */
  take(board: readonly OfficeLine[], asked: string, at: string): void {
    if (this.#last?.asked === asked) this.news = [...between(this.#last.board, board, at), ...this.news].slice(0, KEPT);
    this.#last = { asked, board };
  }
}
