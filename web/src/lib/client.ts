/** One typed client for everything that the server's own document describes; `openapi.d.ts` is made from that document. */

import createClient from 'openapi-fetch';
import type { paths } from './openapi';

/** An answer that is no success: what went wrong, with the server's stable `code`. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly more: Record<string, unknown> = {},
  ) {
    super(title);
    this.name = 'Problem';
  }

  /** What is wrong in the body, field by field. */
  get fields(): { path: string; code: string }[] {
    return Array.isArray(this.more.fields) ? (this.more.fields as { path: string; code: string }[]) : [];
  }

  /** The network or the server is away: the same request may work later. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

const PATIENCE_MS = 30_000;
/** Photos over a thin line. */
export const LONG_MS = 4 * PATIENCE_MS;

/** Asks, and gives up after a while; throws a {@link Problem} for whatever is no success. */
export async function ask(what: string | Request, init: RequestInit = {}, patience = PATIENCE_MS): Promise<Response> {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), patience);
  let response: Response;
  try {
    response = await fetch(what, { ...init, signal: waiting.signal });
  } catch {
    throw new Problem(0, 'no_network', '');
  } finally {
    clearTimeout(timer);
  }
  if (response.ok || response.status === 304) return response;
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  throw new Problem(response.status, String(body.code ?? 'unreadable'), String(body.title ?? ''), body);
}

export const client = createClient<paths>({ fetch: (request) => ask(request) });

/** The same with the patience that photos need. */
export const patiently = (request: Request): Promise<Response> => ask(request, {}, LONG_MS);

/** The body of a success; what is none was thrown before. */
export async function told<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call;
  if (data === undefined) throw new Problem(0, 'unreadable', '');
  return data;
}

/** An address of the document with its blanks filled in, for what speaks in more than JSON: streams, files, photos. */
export function address(path: keyof paths, blanks: Record<string, string> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(blanks[name] ?? ''));
}

/** Parameters that were given. */
export function query(values: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(values).filter((pair): pair is [string, string | number] => pair[1] != null && pair[1] !== '');
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}
