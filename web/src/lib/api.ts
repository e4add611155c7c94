/** What the pages ask the server, one function a question; the types of paths, parameters and bodies are the document's. */

import { address, ask, client, LONG_MS, patiently, query, told } from './client';
import type {
  Act, Board, Category, Cohort, Command, Destination, Ground, Heatmap, Metric, Moment, NearbyReport, Office, OfficeLine, Opened, OwnReport, Placement,
  PublicReport, Receipt, Report, SenderAction, Summary, Team, Ticket, TicketDetail, Tombstone,
} from './types';

export { Problem } from './client';

/** A command with photos beside it, as the multipart form that the server reads. */
function form(command: unknown, photos: Blob[]): FormData {
  const parts = new FormData();
  parts.append('command', new Blob([JSON.stringify(command)], { type: 'application/json' }));
  photos.forEach((photo, place) => parts.append('photo', photo, `${place + 1}.jpg`));
  return parts;
}

/**
 * Sends a report without its photos; the same key and body give the same answer however often they are sent. Only what is
 * sent for a neighbour shows the session of this browser: the key belongs to whoever sent it first.
 */
export const sendReport = (report: Report, key: string, device: string): Promise<Receipt> =>
  told(client.POST('/api/v1/reports', {
    params: { header: { 'Idempotency-Key': key, 'X-Device-Key': device } },
    body: report,
    credentials: report.on_behalf_of ? 'same-origin' : 'omit',
  }));

const TUS = { 'tus-resumable': '1.0.0' };

/** Announces a photo of that many bytes for a report; under the same name it is the same photo. Answers where its bytes go. */
export async function announcePhoto(code: string, secret: string, bytes: number, name: string): Promise<string> {
  const headers = { ...TUS, 'x-report-secret': secret, 'upload-length': String(bytes), 'idempotency-key': name };
  const answer = await ask(address('/api/v1/reports/{code}/photos', { code }), { method: 'POST', headers, credentials: 'omit' });
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
  await ask(place, { method: 'PATCH', headers, body: photo.slice(offset), credentials: 'omit' }, LONG_MS);
}

/** Opens a session with a key: the answer sets a cookie. */
export const openSession = (key: string): Promise<Opened> => told(client.POST('/api/v1/session', { body: { key } }));

/** Opens a session with a report's secret, for its stream. */
export const openReport = (code: string, secret: string): Promise<Opened> => told(client.POST('/api/v1/session', { body: { code, secret } }));

export const endSession = async (): Promise<void> => void (await client.DELETE('/api/v1/session'));

/** Whom there is. */
export const offices = async (): Promise<Office[]> => (await told(client.GET('/api/v1/offices'))).items;

/** The systems that are told; for the centre's administrators. */
export const destinations = async (): Promise<Destination[]> => (await told(client.GET('/api/v1/destinations'))).items;

/** What was sent with the key of this session. */
export const team = (): Promise<Team> => told(client.GET('/api/v1/team'));

export const publicReport = async (code: string): Promise<PublicReport> =>
  told(client.GET('/api/v1/reports/{code}', { params: { path: { code } } }));

/** What its sender may know; the secret makes it that. */
export async function ownReport(code: string, secret: string): Promise<OwnReport> {
  const header = { 'X-Report-Secret': secret };
  return (await told(client.GET('/api/v1/reports/{code}', { params: { path: { code }, header } }))) as OwnReport;
}

/** Says something to the office that has the report. */
export function answerOffice(code: string, secret: string, action: SenderAction, body: { text?: string; stars?: number; commune?: string } = {}): Promise<OwnReport> {
  const params = { path: { code }, header: { 'X-Report-Secret': secret } };
  const { text = '', stars = 0, commune = '' } = body;
  switch (action) {
    case 'confirm': return told(client.POST('/api/v1/reports/{code}/confirm', { params, body: {} }));
    case 'withdraw': return told(client.POST('/api/v1/reports/{code}/withdraw', { params, body: {} }));
    case 'reopen': return told(client.POST('/api/v1/reports/{code}/reopen', { params, body: { text } }));
    case 'reply': return told(client.POST('/api/v1/reports/{code}/reply', { params, body: { text } }));
    case 'rating': return told(client.POST('/api/v1/reports/{code}/rating', { params, body: { stars } }));
    case 'place': return told(client.POST('/api/v1/reports/{code}/place', { params, body: { commune } }));
  }
}

/** Counted once a device. */
export const meToo = (code: string, device: string): Promise<{ me_too: number }> =>
  told(client.POST('/api/v1/reports/{code}/metoo', { params: { path: { code }, header: { 'X-Device-Key': device } } }));

export const nearby = async (lon: number, lat: number, category: string): Promise<NearbyReport[]> =>
  (await told(client.GET('/api/v1/reports/nearby', { params: { query: { lon, lat, category } } }))).items;

export const locate = (lon: number, lat: number, accuracy: number | null): Promise<Placement> => {
  const fix = accuracy === null ? {} : { accuracy_m: accuracy, accuracy_confidence: 0.95 };
  return told(client.GET('/api/v1/locate', { params: { query: { lon, lat, ...fix } } }));
};

export const categories = async (): Promise<Category[]> => (await told(client.GET('/api/v1/categories'))).items;

/** A photo's bytes; an address alone would not carry the secret. */
export const photo = async (url: string, secret: string): Promise<Blob> => (await ask(url, { headers: { 'x-report-secret': secret } })).blob();

/** Where a photo is, for whoever has a session. */
export const photoAt = (id: string, small = false): string => `${address('/api/v1/photos/{id}', { id })}${small ? '?size=small' : ''}`;

/** Figures of every commune, without shapes: the map has them. */
export async function heatmap(metric: Metric, cohort: Cohort = {}): Promise<Heatmap> {
  return (await told(client.GET('/api/v1/heatmap', { params: { query: { metric, by: 'commune', geometry: 'none', ...cohort } } }))) as Heatmap;
}

/** Hexagons of some 5 km². */
export async function hexagons(metric: Metric, cohort: Cohort = {}): Promise<Heatmap> {
  return (await told(client.GET('/api/v1/heatmap', { params: { query: { metric, by: 'h3', resolution: '7', ...cohort } } }))) as Heatmap;
}

/** Where the tiles of the communes are, and which map it is. */
export const ground = (): Promise<Ground> => told(client.GET('/tiles/{layer}', { params: { path: { layer: 'communes.json' } } }));

/** What came in and went out. */
export const timeline = async (cohort: Cohort = {}): Promise<Moment[]> =>
  (await told(client.GET('/api/v1/stats/timeline', { params: { query: cohort } }))).items;

export const summary = (cohort: Cohort = {}): Promise<Summary> => told(client.GET('/api/v1/stats/summary', { params: { query: cohort } }));

/** The offices, each with what came in over time. */
export const scoreboard = (cohort: Cohort = {}): Promise<Board> =>
  told(client.GET('/api/v1/stats/offices', { params: { query: { trend: 'true', ...cohort } } }));

/** The offices and what they have of each category, of the reports received since that day. */
export const cells = async (from: string): Promise<OfficeLine[]> =>
  (await told(client.GET('/api/v1/stats/offices', { params: { query: { categories: 'true', from } } }))).items;

/** Where the table behind a figure is. */
export const csvOf = (figure: '/api/v1/heatmap' | '/api/v1/stats/summary' | '/api/v1/stats/offices' | '/api/v1/stats/timeline', asked: Record<string, string | null | undefined> = {}): string =>
  `${address(figure)}.csv?${query(asked)}`;

/** What an official does in one office; the session's cookie says who it is. */
export class Desk {
  #etag = '';
  #asked = '';

  constructor(readonly office: string) {}

  /** The queue, or null when it is as it was. */
  async queue(status: string): Promise<Ticket[] | null> {
    if (status !== this.#asked) this.#etag = '';
    this.#asked = status;
    const header = this.#etag ? { 'If-None-Match': this.#etag } : {};
    const path = { office: this.office };
    const asked = { status, limit: 200 };
    const first = await client.GET('/api/v1/offices/{office}/tickets', { params: { path, query: asked, header }, cache: 'no-store' });
    if (first.response.status === 304) return null;
    this.#etag = first.response.headers.get('etag') ?? '';
    let page = await told(Promise.resolve(first));
    const tickets = page.items;
    for (let more = 0; page.next && more < 4; more += 1) {
      page = await told(client.GET('/api/v1/offices/{office}/tickets', { params: { path, query: { ...asked, cursor: page.next } } }));
      tickets.push(...page.items);
    }
    return tickets;
  }

  /** Calls `changed` whenever something moved in the queue, and `open` with whether the line is open. Ends when the answer is called. */
  listen(changed: () => void, open: (is: boolean) => void): () => void {
    const source = new EventSource(address('/api/v1/offices/{office}/stream', { office: this.office }));
    for (const name of ['ticket', 'gone', 'reset']) source.addEventListener(name, changed);
    source.onopen = () => open(true);
    source.onerror = () => open(false);
    return () => source.close();
  }

  /** Where the queue is as a spreadsheet. */
  sheet(status: string, lang: string): string {
    return `${address('/api/v1/offices/{office}/tickets.xlsx', { office: this.office })}?${query({ status, lang })}`;
  }

  /** The ticket; what it left behind where it went to another office. */
  async ticket(id: string): Promise<TicketDetail | Tombstone> {
    return (await told(client.GET('/api/v1/tickets/{id}', { params: { path: { id } } }))) as TicketDetail | Tombstone;
  }

  /** Changes a ticket as it was at `version`; 412 when somebody else was first. */
  act<Name extends Act>(id: string, version: number, act: Name, command: Command[Name], photos: Blob[] = []): Promise<Ticket> {
    const params = { path: { id }, header: { 'If-Match': `"${version}"` } };
    const sent = photos.length === 0 ? {} : { bodySerializer: () => form(command, photos), fetch: patiently };
    // Each command has its own path; all of them answer with the ticket.
    const call = client.POST as (path: string, init: object) => Promise<{ data?: Ticket }>;
    return told(call(`/api/v1/tickets/{id}/${act}`, { params, body: command, ...sent }));
  }

  /** Takes in a report of somebody who stands at the counter or calls. */
  takeIn(report: Report, key: string): Promise<Receipt> {
    return told(client.POST('/api/v1/reports', { params: { header: { 'Idempotency-Key': key } }, body: report }));
  }
}
