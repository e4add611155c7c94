/**
 * Who is signed in on this computer. The key is in a cookie that no script reads and that ends with the working day; what
 * stands here only says what it opens.
 */

import { endSession, openSession } from './api';

export interface Session {
  /** What the key's maker called it; shown in histories. */
  name: string;
  /** The offices that the key opens; none for the centre's own. */
  offices: string[];
  scopes: string[];
  until: string;
  /** The office that is looked at. */
  office: string;
}

const NAME = 'session';

/** Who signed in, while it lasts. */
export function kept(): Session | null {
  try {
    const session = JSON.parse(localStorage.getItem(NAME) ?? 'null') as Session | null;
    return session && Date.parse(session.until) > Date.now() ? session : null;
  } catch {
    return null;
  }
}

export function keep(session: Session): void {
  try {
    localStorage.setItem(NAME, JSON.stringify(session));
  } catch {
    // The next visit asks for the key again.
  }
}

/** Signs in with a key. */
export async function enter(key: string): Promise<Session> {
  const { until, name, offices = [], scopes = [] } = await openSession(key.trim());
  const session = { name: name ?? '', offices, scopes, until, office: offices[0] ?? '' };
  keep(session);
  return session;
}

/** Signs out; the cookie goes too. */
export async function leave(): Promise<void> {
  localStorage.removeItem(NAME);
  await endSession().catch(() => undefined);
}

export const may = (session: Session | null, scope: string): boolean => session?.scopes.some((one) => one === scope || one === 'admin') ?? false;
