/** The page's worker: keeps the page for days without a network, and sends what waits when there is one again. */

import { flush } from '../lib/outbox';

declare const self: ServiceWorkerGlobalScope;
declare const __SHELL__: string[];
declare const __VERSION__: string;

interface SyncEvent extends ExtendableEvent {
  readonly tag: string;
}

const SHELL = `shell-${__VERSION__}`;
/** Files with a hash in their name, kept when they were used once: the map, its worker. */
const LATER = 'later';
const KEEP_LATER = 40;

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches.open(SHELL).then((cache) => cache.addAll(__SHELL__)).then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(clean().then(() => self.clients.claim()));
});

async function clean(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith('shell-') && name !== SHELL).map((name) => caches.delete(name)));
  const later = await caches.open(LATER);
  const kept = await later.keys();
  await Promise.all(kept.slice(0, Math.max(0, kept.length - KEEP_LATER)).map((request) => later.delete(request)));
}

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (event.request.mode === 'navigate' && url.pathname === '/') event.respondWith(page(event.request));
  else if (/^\/(assets|icons)\//.test(url.pathname)) event.respondWith(asset(event.request));
});

/** The newest page when the network answers soon, else the kept one. */
async function page(request: Request): Promise<Response> {
  const kept = await caches.match('/', { cacheName: SHELL });
  if (!kept) return fetch(request);
  const fresh = fetch(request).catch(() => kept);
  const patience = new Promise<Response>((resolve) => setTimeout(() => resolve(kept), 3000));
  const answer = await Promise.race([fresh, patience]);
  return answer.ok ? answer : kept;
}

async function asset(request: Request): Promise<Response> {
  const kept = await caches.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await (await caches.open(LATER)).put(request, response.clone());
  return response;
}

self.addEventListener('sync', (event) => {
  const sync = event as SyncEvent;
  if (sync.tag === 'outbox') sync.waitUntil(send());
});

self.addEventListener('message', (event) => {
  if (event.data === 'flush') event.waitUntil(send());
});

async function send(): Promise<void> {
  const outcome = await flush();
  for (const client of await self.clients.matchAll()) client.postMessage('outbox');
  // The browser tries again later when this fails.
  if (outcome.left > 0) throw new Error(`${outcome.left} reports are still waiting`);
}
