/** Who is signed in, in this tab only. The office's id is remembered on the computer, the key is not. */

export interface Session {
  office: string;
  key: string;
}

const NAME = 'desk';

export function kept(): Session | null {
  try {
    return JSON.parse(sessionStorage.getItem(NAME) ?? 'null') as Session | null;
  } catch {
    return null;
  }
}

export function keep(session: Session): void {
  sessionStorage.setItem(NAME, JSON.stringify(session));
  localStorage.setItem('office', session.office);
}

export const forget = (): void => sessionStorage.removeItem(NAME);

export const lastOffice = (): string => localStorage.getItem('office') ?? '';
