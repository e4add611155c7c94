// What the specs ask the server beside the pages: keys in the header, no cookie.
import { KEY, OFFICE, POINT, URL_ } from './browser.mjs';

export const ADMIN = process.env.IOC_ADMIN_KEY ?? '';
export const TEAM = process.env.IOC_TEAM_KEY ?? '';
export const DASHBOARD = process.env.IOC_DASHBOARD_KEY ?? '';

export async function get(path, key = KEY) {
  const answer = await fetch(`${URL_}${path}`, { headers: key ? { authorization: `Bearer ${key}` } : {} });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

/** Sends a report as a phone does; gives its receipt. */
export async function report(more = {}) {
  const body = { category: 'rac_thai', description: 'Bao rác để giữa lối đi đã ba ngày.', position: { lon: POINT.longitude, lat: POINT.latitude, accuracy_m: 12 }, ...more };
  const answer = await fetch(`${URL_}/api/v1/reports`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (answer.status !== 201) throw new Error(`a report: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Every ticket of an office. */
export async function tickets(office = OFFICE, key = KEY) {
  const all = [];
  for (let cursor = ''; cursor !== null; ) {
    const page = await get(`/api/v1/offices/${office}/tickets?status=all&limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`, key);
    all.push(...page.items);
    cursor = page.next;
  }
  return all;
}

/** A colleague writes a note beside a ticket. */
export async function comments(code, text) {
  const { id, version } = (await tickets()).find((one) => one.code === code);
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', 'if-match': `"${version}"` };
  const answer = await fetch(`${URL_}/api/v1/tickets/${id}/comment`, { method: 'POST', headers, body: JSON.stringify({ text, visibility: 'internal' }) });
  if (!answer.ok) throw new Error(`a note: ${answer.status} ${await answer.text()}`);
}

/** The figures of the whole centre, counted one ticket after the other. */
export async function recounted(key) {
  const offices = (await get('/api/v1/offices', '')).items;
  const all = (await Promise.all(offices.map((one) => tickets(one.id, key)))).flat();
  const open = (one) => ['queued', 'accepted', 'in_progress', 'waiting_for_citizen'].includes(one.status);
  const hours = [];
  let overdue = 0;
  const queue = [...all];
  const read = async () => {
    for (let one = queue.pop(); one; one = queue.pop()) {
      if (!open(one) && !['resolved', 'closed'].includes(one.status)) continue;
      const { history } = await get(`/api/v1/tickets/${one.id}`, key);
      const round = history.slice(history.findLastIndex((entry) => entry.kind === 'reopened') + 1);
      if (open(one)) overdue += Number(round.some((entry) => entry.kind === 'resolve_missed'));
      else hours.push(history.findLast((entry) => entry.kind === 'resolved').worked_minutes / 60);
    }
  };
  await Promise.all(Array.from({ length: 8 }, read));
  hours.sort((a, b) => a - b);
  return { reports: all.length, open: all.filter(open).length, overdue, median: hours[Math.floor((hours.length - 1) / 2)], resolved: hours.length };
}
