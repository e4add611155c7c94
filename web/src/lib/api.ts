import type {
  Category, Destination, Heatmap, HeatProperties, Metric, Moment, NearbyReport, Office, OfficeLine, Opened, OwnReport, Page, Placement,
  PublicReport, Receipt, Report, SenderAction, Summary, Team, Ticket, TicketDetail, Tombstone,
} from './types';

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

async function ask(path: string, init: RequestInit = {}, patience = PATIENCE_MS): Promise<Response> {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), patience);
  let response: Response;
  try {
    response = await fetch(path, { ...init, signal: init.signal ?? waiting.signal });
  } catch {
    throw new Problem(0, 'no_network', '');
  } finally {
    clearTimeout(timer);
  }
  if (response.ok || response.status === 304) return response;
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  throw new Problem(response.status, String(body.code ?? 'unreadable'), String(body.title ?? ''), body);
}

async function read<T>(path: string, headers: Record<string, string> = {}): Promise<T> {
  return (await (await ask(path, { headers })).json()) as T;
}

async function say<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
  return (await (await ask(path, init)).json()) as T;
}

function query(values: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(values).filter((pair): pair is [string, string | number] => pair[1] != null && pair[1] !== '');
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}

/** A command with photos beside it, as the multipart form that the server reads. */
function form(body: unknown, photos: Blob[]): FormData {
  const parts = new FormData();
  parts.append('command', new Blob([JSON.stringify(body)], { type: 'application/json' }));
  photos.forEach((photo, place) => parts.append('photo', photo, `${place + 1}.jpg`));
  return parts;
}

const path = (part: string): string => encodeURIComponent(part);

/**
 * Sends a report without its photos; the same key and body give the same answer however often they are sent. Only what is
 * sent for a neighbour shows the session of this browser: the key belongs to whoever sent it first.
 */
export async function sendReport(report: Report, key: string, device: string): Promise<Receipt> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key, 'x-device-key': device };
  const credentials = report.on_behalf_of ? 'same-origin' : 'omit';
  return (await (await ask('/api/v1/reports', { method: 'POST', headers, body: JSON.stringify(report), credentials })).json()) as Receipt;
}

const TUS = { 'tus-resumable': '1.0.0' };

/** Announces a photo of that many bytes for a report; answers where its bytes go. */
export async function announcePhoto(code: string, secret: string, bytes: number): Promise<string> {
  const headers = { ...TUS, 'x-report-secret': secret, 'upload-length': String(bytes) };
  const answer = await ask(`/api/v1/reports/${path(code)}/photos`, { method: 'POST', headers, credentials: 'omit' });
  return answer.headers.get('location') ?? '';
}

/** How many bytes of an announced photo are on the server's disk. */
export async function photoOffset(place: string, secret: string): Promise<number> {
  const headers = { ...TUS, 'x-report-secret': secret };
  const answer = await ask(place, { method: 'HEAD', headers, credentials: 'omit', cache: 'no-store' });
  return Number(answer.headers.get('upload-offset') ?? 0);
}

/** Sends the bytes of a photo from `offset` on. */
export async function sendPiece(place: string, secret: string, photo: Blob, offset: number): Promise<void> {
  const headers = { ...TUS, 'x-report-secret': secret, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' };
  await ask(place, { method: 'PATCH', headers, body: photo.slice(offset), credentials: 'omit' }, PATIENCE_MS * 4);
}

/** Opens a session with a key: the answer sets a cookie. */
export const openSession = (key: string): Promise<Opened> => say('/api/v1/session', { key });

/** Opens a session with a report's secret, for its stream. */
export const openReport = (code: string, secret: string): Promise<Opened> => say('/api/v1/session', { code, secret });

export const endSession = async (): Promise<void> => void (await ask('/api/v1/session', { method: 'DELETE' }));

/** Whom there is. */
export const offices = async (): Promise<Office[]> => (await read<Page<Office>>('/api/v1/offices')).items;

/** The systems that are told; for the centre's administrators. */
export const destinations = async (): Promise<Destination[]> => (await read<Page<Destination>>('/api/v1/destinations')).items;

/** What was sent with the key of this session. */
export const team = (): Promise<Team> => read('/api/v1/team');

export const publicReport = (code: string): Promise<PublicReport> => read(`/api/v1/reports/${path(code)}`);

export const ownReport = (code: string, secret: string): Promise<OwnReport> =>
  read(`/api/v1/reports/${path(code)}`, { 'x-report-secret': secret });

export const answerOffice = (code: string, secret: string, action: SenderAction, body: unknown = {}): Promise<OwnReport> =>
  say(`/api/v1/reports/${path(code)}/${action}`, body, { 'x-report-secret': secret });

/** Counted once a device. */
export const meToo = (code: string, device: string): Promise<{ me_too: number }> =>
  say(`/api/v1/reports/${path(code)}/metoo`, {}, { 'x-device-key': device });

export const nearby = async (lon: number, lat: number, category: string): Promise<NearbyReport[]> =>
  (await read<Page<NearbyReport>>(`/api/v1/reports/nearby?${query({ lon, lat, category })}`)).items;

export const locate = (lon: number, lat: number, accuracy: number | null): Promise<Placement> => {
  const confidence = accuracy === null ? null : 0.95;
  return read(`/api/v1/locate?${query({ lon, lat, accuracy_m: accuracy, accuracy_confidence: confidence })}`);
};

export const categories = async (): Promise<Category[]> => (await read<Page<Category>>('/api/v1/categories')).items;

/** A photo's bytes; an address alone would not carry the secret. */
export const photo = async (url: string, secret: string): Promise<Blob> => (await ask(url, { headers: { 'x-report-secret': secret } })).blob();

export interface Cohort {
  from?: string | null;
  to?: string | null;
}

export const heatmap = (metric: Metric, geometry: 'simplified' | 'none', cohort: Cohort = {}): Promise<Heatmap> =>
  read(`/api/v1/heatmap?${query({ metric, by: 'commune', geometry, ...cohort })}`);

/** Hexagons of some 5 km². One that lies in no commune has no name. */
export async function hexagons(metric: Metric, cohort: Cohort = {}): Promise<Heatmap> {
  const heat = await read<Heatmap>(`/api/v1/heatmap?${query({ metric, by: 'h3', resolution: 7, ...cohort })}`);
  const named = (one: HeatProperties): HeatProperties => ({ ...one, name: one.name ?? { vi: '', en: '' } });
  return { ...heat, features: heat.features.map((feature) => ({ ...feature, properties: named(feature.properties) })) };
}

/** What came in and went out. */
export const timeline = async (cohort: Cohort = {}): Promise<Moment[]> =>
  (await read<Page<Moment>>(`/api/v1/stats/timeline?${query({ ...cohort })}`)).items;

/** Where the table behind a figure is. */
export const csvOf = (figure: string, cohort: Cohort = {}): string => `/api/v1/${figure}.csv?${query({ ...cohort })}`;

/** The outlines alone: the base map of every page. */
export const outlines = (): Promise<Heatmap> => heatmap('reports', 'simplified');

export const summary = (cohort: Cohort = {}): Promise<Summary> => read(`/api/v1/stats/summary?${query({ ...cohort })}`);

export const scoreboard = async (cohort: Cohort = {}): Promise<OfficeLine[]> =>
  (await read<Page<OfficeLine>>(`/api/v1/stats/offices?${query({ ...cohort })}`)).items;

/** What an official does in one office; the session's cookie says who it is. */
export class Desk {
  #etag = '';
  #asked = '';

  constructor(readonly office: string) {}

  get #base(): string {
    return `/api/v1/offices/${path(this.office)}`;
  }

  /** The queue, or null when it is as it was. */
  async queue(states: string): Promise<Ticket[] | null> {
    if (states !== this.#asked) this.#etag = '';
    this.#asked = states;
    const headers: Record<string, string> = this.#etag ? { 'if-none-match': this.#etag } : {};
    const first = await ask(`${this.#base}/tickets?${query({ status: states, limit: 200 })}`, { headers, cache: 'no-store' });
    if (first.status === 304) return null;
    this.#etag = first.headers.get('etag') ?? '';
    let page = (await first.json()) as Page<Ticket>;
    const tickets = page.items;
    for (let more = 0; page.next && more < 4; more += 1) {
      page = await read<Page<Ticket>>(`${this.#base}/tickets?${query({ status: states, limit: 200, cursor: page.next })}`);
      tickets.push(...page.items);
    }
    return tickets;
  }

  /** Calls `changed` whenever something moved in the queue, and `open` with whether the line is open. Ends when the answer is called. */
  listen(changed: () => void, open: (is: boolean) => void): () => void {
    const source = new EventSource(`${this.#base}/stream`);
    for (const name of ['ticket', 'gone', 'reset']) source.addEventListener(name, changed);
    source.onopen = () => open(true);
    source.onerror = () => open(false);
    return () => source.close();
  }

  /** Where the queue is as a spreadsheet. */
  sheet(states: string, lang: string): string {
    return `${this.#base}/tickets.xlsx?${query({ status: states, lang })}`;
  }

  /** The ticket; what it left behind where it went to another office. */
  ticket(id: string): Promise<TicketDetail | Tombstone> {
    return read(`/api/v1/tickets/${path(id)}`);
  }

  /** Changes a ticket as it was at `version`; 412 when somebody else was first. */
  async act(id: string, version: number, action: string, command: unknown, photos: Blob[] = []): Promise<Ticket> {
    const headers = { 'if-match': `"${version}"` };
    const at = `/api/v1/tickets/${path(id)}/${action}`;
    if (photos.length === 0) return say(at, command, headers);
    const body = form(command, photos);
    return (await (await ask(at, { method: 'POST', headers, body }, PATIENCE_MS * 4)).json()) as Ticket;
  }

  /** Takes in a report of somebody who stands at the counter or calls. */
  async takeIn(report: Report, key: string): Promise<Receipt> {
    return say('/api/v1/reports', report, { 'idempotency-key': key });
  }
}
