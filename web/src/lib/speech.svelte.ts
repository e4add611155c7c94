/** The language of the page, and its sentences. Vietnamese is there at once, English comes when it is chosen. */

import type common from '../../messages/common.vi.json';
import type citizen from '../../messages/citizen.vi.json';
import type desk from '../../messages/desk.vi.json';
import type dashboard from '../../messages/dashboard.vi.json';
import type { Language } from './time';
import { Problem } from './api';
import type { Names } from './types';

type Messages = Record<string, string>;
export type Key = keyof typeof common | keyof typeof citizen | keyof typeof desk | keyof typeof dashboard;
type Blanks = Record<string, string | number>;

class Speech {
  language = $state<Language>('vi');
  #messages = $state.raw<Messages>({});
  #vietnamese: Messages = {};
  #english: () => Promise<Messages> = () => Promise.resolve({});

  /** Gives the page its sentences; `english` is loaded when it is wanted. */
  async learn(vietnamese: Messages, english: () => Promise<Messages>): Promise<void> {
    this.#vietnamese = vietnamese;
    this.#messages = vietnamese;
    this.#english = english;
    if (kept() === 'en') await this.speak('en').catch(() => undefined);
  }

  async speak(language: Language): Promise<void> {
    this.#messages = language === 'en' ? { ...this.#vietnamese, ...(await this.#english()) } : this.#vietnamese;
    this.language = language;
    document.documentElement.lang = language;
    try {
      localStorage.setItem('language', language);
    } catch {
      // The choice is then forgotten with the page.
    }
  }

  /** A sentence with its blanks filled. */
  say = (key: Key, blanks: Blanks = {}): string => {
    const sentence = this.#messages[key] ?? key;
    return sentence.replace(/\{(\w+)\}/g, (blank, name: string) => String(blanks[name] ?? blank));
  };

  #known(key: string, blanks: Blanks): string {
    return key in this.#messages ? this.say(key as Key, blanks) : '';
  }

  name = (names: Names | null | undefined): string => names?.[this.language] ?? names?.vi ?? '';

  /** What went wrong, and what to do next. */
  error = (why: unknown): string => {
    if (!(why instanceof Problem) || why.status === 0) return this.say('error_network');
    if (why.passing) return this.say('error_busy');
    if (why.status === 404) return this.say('error_gone');
    if (why.code === 'leased') return this.say('error_leased');
    if (why.status === 409) return this.say('error_not_now');
    return this.refusal(why);
  };

  /** Why the server refused a body for good. */
  refusal = ({ title, fields = [] }: { title: string; fields?: { path: string; code: string }[] }): string => {
    const known = fields.map(({ code, path }) => this.#known(`field_${code}`, { path })).filter(Boolean);
    return known.length > 0 ? [...new Set(known)].join(' ') : this.say('error_other', { title });
  };
}

function kept(): string | null {
  try {
    return localStorage.getItem('language');
  } catch {
    return null;
  }
}

export const speech = new Speech();
export const { say, name, error, refusal } = speech;
