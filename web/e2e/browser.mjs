// A browser as our people have it: a cheap phone, an office PC. Console errors and failed answers are kept.
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';

export const URL_ = process.env.IOC_URL ?? 'http://127.0.0.1:8080';
export const OFFICE = process.env.IOC_OFFICE ?? '';
export const KEY = process.env.IOC_KEY ?? '';
export const POINT = { longitude: Number(process.env.IOC_LON ?? 103.023), latitude: Number(process.env.IOC_LAT ?? 21.392), accuracy: 18 };
export const SHOTS = new URL('./shots/', import.meta.url).pathname;
mkdirSync(SHOTS, { recursive: true });

/** A cheap phone: small, and its processor four times slower than this machine's. */
export const PHONE = { name: 'phone', slow: 4, viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
export const PC = { name: 'pc', viewport: { width: 1440, height: 900 } };

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'],
  });
}

/**
 * A fresh browser profile; `problems` collects what a person would see in the console, and whoever else was asked. What a
 * spec has `provoked` is no problem.
 */
export async function visitor(browser, { name, slow = 1, ...profile }, { provoked = /$^/, ...more } = {}) {
  const context = await browser.newContext({ baseURL: URL_, locale: 'vi-VN', timezoneId: 'Asia/Ho_Chi_Minh', permissions: ['geolocation'], geolocation: POINT, ...profile, ...more });
  // So that only what never happens ends a run, however busy the machine is.
  context.setDefaultTimeout(120_000);
  const problems = [];
  context.on('request', (request) => {
    if (/^https?:/.test(request.url()) && !request.url().startsWith(URL_)) problems.push(`another host was asked: ${request.url()}`);
  });
  context.on('page', (page) => {
    if (slow > 1) void context.newCDPSession(page).then((developer) => developer.send('Emulation.setCPUThrottlingRate', { rate: slow })).catch(() => undefined);
    page.on('console', (line) => {
      if (line.type() === 'error' && !/ERR_INTERNET_DISCONNECTED|status of (409|412)/.test(line.text()) && !provoked.test(line.text())) problems.push(line.text());
    });
    page.on('pageerror', (error) => problems.push(String(error)));
  });
  return { context, problems };
}

/** A small JPEG, made in the page. */
export async function picture(page, words) {
  const bytes = await page.evaluate(async (text) => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [2400, 1800];
    const pen = canvas.getContext('2d');
    const sky = pen.createLinearGradient(0, 0, 0, 1800);
    sky.addColorStop(0, '#9fc3d4');
    sky.addColorStop(0.5, '#7d8f5a');
    sky.addColorStop(1, '#6b4a2e');
    pen.fillStyle = sky;
    pen.fillRect(0, 0, 2400, 1800);
    for (let stone = 0; stone < 60; stone += 1) {
      pen.fillStyle = `hsl(28 20% ${25 + ((stone * 37) % 35)}%)`;
      pen.beginPath();
      pen.ellipse((stone * 397) % 2400, 1000 + ((stone * 211) % 700), 60 + (stone % 7) * 20, 40 + (stone % 5) * 14, stone, 0, 7);
      pen.fill();
    }
    pen.fillStyle = '#fff';
    pen.font = '600 120px sans-serif';
    pen.fillText(text, 120, 200);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.8));
    return [...new Uint8Array(await blob.arrayBuffer())];
  }, words);
  return { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(bytes) };
}

export function must(condition, words) {
  if (!condition) throw new Error(`not so: ${words}`);
  console.log(`  ok  ${words}`);
}
