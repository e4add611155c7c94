export type Wish = 'next' | 'before' | 'search' | 'help' | 'accept' | 'resolve' | 'close';

const KEYS: Record<string, Wish> = { j: 'next', k: 'before', '/': 'search', '?': 'help', a: 'accept', x: 'resolve' };

/** What a key asks for; letters typed into a field ask for nothing. */
export function command(event: KeyboardEvent): Wish | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === 'Escape') return 'close';
  const target = event.target;
  if (target instanceof HTMLElement && target.closest('input, textarea, select, dialog')) return null;
  return KEYS[event.key] ?? null;
}
