// How fast the pages stand on a cheap phone: 360 x 640, the processor slowed four times, a thin line (1.6 Mbit/s, 150 ms).
import { must, visitor } from './browser.mjs';

const SMALL = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const PAGES = ['/', '/desk', '/dashboard'];
const LINE = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 90_000 };

/** First contentful paint and blocking time (what a task takes beyond 50 ms) of a first visit, in ms. */
async function visit(browser, address) {
  const { context } = await visitor(browser, SMALL, { serviceWorkers: 'block' });
  const page = await context.newPage();
  const developer = await context.newCDPSession(page);
  await developer.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await developer.send('Network.enable');
  await developer.send('Network.emulateNetworkConditions', LINE);
  await page.addInitScript(() => {
    globalThis.blocked = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((one) => (globalThis.blocked += Math.max(0, one.duration - 50)))).observe({ type: 'longtask', buffered: true });
  });
  await page.goto(address, { waitUntil: 'load' });
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0, null);
  await page.waitForTimeout(2500);
  const [paint, blocked, bytes] = await page.evaluate(() => [
    performance.getEntriesByName('first-contentful-paint')[0].startTime,
    globalThis.blocked,
    performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation')).reduce((sum, one) => sum + one.encodedBodySize, 0),
  ]);
  await context.close();
  return { paint, blocked, bytes };
}

export async function pace(browser) {
  for (const address of PAGES) {
    const { paint, blocked, bytes } = await visit(browser, address);
    must(paint > 0, `${address.padEnd(11)} first contentful paint ${Math.round(paint)} ms, blocking time ${Math.round(blocked)} ms, ${Math.round(bytes / 1024)} KB`);
  }
}
