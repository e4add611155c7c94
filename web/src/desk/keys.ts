export type Wish = 'next' | 'before' | 'search' | 'help' | 'accept' | 'resolve' | 'transfer' | 'comment' | 'take_in' | 'print' | 'close';

const KEYS: Record<string, Wish> = {
  j: 'next', k: 'before', '/': 'search', '?': 'help', a: 'accept', x: 'resolve', t: 'transfer', c: 'comment', n: 'take_in', p: 'print',
};

/** What a key asks for; letters typed into a field ask for nothing. */
export function command(event: KeyboardEvent): Wish | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const target = event.target;
  // An open dialogue closes itself.
  if (target instanceof HTMLElement && target.closest('dialog')) return null;
  if (event.key === 'Escape') return 'close';
  if (target instanceof HTMLElement && target.closest('input, textarea, select')) return null;
  return KEYS[event.key] ?? null;
}
