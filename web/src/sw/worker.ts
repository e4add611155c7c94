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
/** The ground of the maps, as far as it was looked at. */
const GROUND = 'ground';
const KEEP_GROUND = 400;

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
  await Promise.all([shorten(LATER, KEEP_LATER), shorten(GROUND, KEEP_GROUND)]);
}

/** Forgets the oldest beyond so many. */
async function shorten(name: string, most: number): Promise<void> {
  const cache = await caches.open(name);
  const kept = await cache.keys();
  await Promise.all(kept.slice(0, Math.max(0, kept.length - most)).map((request) => cache.delete(request)));
}

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (event.request.mode === 'navigate' && url.pathname === '/') event.respondWith(page(event.request));
  else if (/^\/(assets|icons)\//.test(url.pathname)) event.respondWith(asset(event.request));
  else if (url.pathname.startsWith('/tiles/communes/')) event.respondWith(tile(event.request));
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

/** Its address names the map, so that what was kept is as good as what would come. */
async function tile(request: Request): Promise<Response> {
  const cache = await caches.open(GROUND);
  const kept = await cache.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
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
