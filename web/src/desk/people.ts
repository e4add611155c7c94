import type { Ticket } from '../lib/types';

/** Who can be given a ticket: those who have had one, and whoever is signed in. */
export function colleagues(tickets: readonly Ticket[], own: string): string[] {
  const known = tickets.flatMap((one) => (one.assignee ? [one.assignee] : []));
  return [...new Set([own, ...known].filter(Boolean))].sort((a, b) => a.localeCompare(b, 'vi'));
}

const EARTH_M = 6_371_000;

/** Metres between two positions; infinite where one of them is not known. */
export function apart(a: Ticket, b: Ticket): number {
  if (!a.position || !b.position) return Infinity;
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const north = radians(b.position.lat - a.position.lat);
  const east = radians(b.position.lon - a.position.lon) * Math.cos(radians((a.position.lat + b.position.lat) / 2));
  return EARTH_M * Math.hypot(north, east);
}

/** Open tickets that this one may be a duplicate of, the likeliest first: same category, then the nearest. */
export function mains(of: Ticket, tickets: readonly Ticket[]): { ticket: Ticket; metres: number }[] {
  const open = tickets.filter((one) => one.id !== of.id && ['queued', 'accepted', 'in_progress', 'waiting_for_citizen'].includes(one.status));
  const rank = (one: Ticket): number => (one.category === of.category ? 0 : 1);
  return open
    .map((ticket) => ({ ticket, metres: apart(of, ticket) }))
    .sort((a, b) => rank(a.ticket) - rank(b.ticket) || (a.metres < b.metres ? -1 : a.metres > b.metres ? 1 : 0))
    .slice(0, 50);
}
