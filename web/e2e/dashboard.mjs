// The dashboard shows what the API says, and the API what a plain recount says.
import { readFileSync } from 'node:fs';
import { ADMIN, get, recounted, report } from './api.mjs';
import { accessible } from './axe.mjs';
import { must } from './browser.mjs';

/** A quantile is read from buckets whose bounds are 5 % apart. */
const STATED_ERROR = 0.025;

export async function counts() {
  const [told, found] = [await get('/api/v1/stats/summary', ADMIN), await recounted(ADMIN)];
  for (const figure of ['reports', 'open', 'overdue']) must(told[figure] === found[figure], `${figure} as recounted: ${told[figure]}, ${found[figure]}`);
  const off = Math.abs(told.median_resolution_hours - found.median) / found.median;
  must(off <= STATED_ERROR, `the median of ${found.resolved} is ${found.median.toFixed(2)} h, told as ${told.median_resolution_hours} h`);
}

export async function shows(page, shot) {
  await page.goto('/dashboard');
  await page.getByRole('button', { name: 'Tất cả' }).click();
  await page.locator('.maplibregl-canvas').waitFor({ timeout: 20_000 });
  const summary = await get('/api/v1/stats/summary', '');
  const number = new Intl.NumberFormat('vi');
  const value = (place) => page.locator('.five .value').nth(place);
  await value(0).filter({ hasText: new RegExp(`^${number.format(summary.reports).replace('.', '\\.')}$`) }).waitFor();
  const shown = await page.locator('.five .value').allTextContents();
  must(shown[0] === number.format(summary.reports), `received: ${shown[0]}`);
  must(shown[1] === number.format(summary.open), `open: ${shown[1]}`);
  must(shown[2] === number.format(summary.overdue), `overdue: ${shown[2]}`);
  const board = await get('/api/v1/stats/offices', '');
  must((await page.locator('.boardside tbody tr').count()) === board.items.length, `${board.items.length} offices stand on the board`);
  await page.waitForTimeout(1500);
  await shot('open', page);
  await accessible(page, 'dashboard');

  await page.getByText('● trực tiếp').waitFor();
  await report();
  await value(0).filter({ hasText: number.format(summary.reports + 1) }).waitFor({ timeout: 15_000 });
  must(true, 'a report is counted on the open page without being asked for');
  await page.getByText('nhận 1', { exact: true }).first().waitFor();
  must(true, 'the feed tells of it by office and number alone');

  await page.locator('select').selectOption('on_time_share');
  await page.waitForTimeout(1500);
  await shot('on-time', page);
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Tải ảnh PNG' }).click()]);
  const bytes = readFileSync(await file.path());
  must(bytes.subarray(1, 4).toString() === 'PNG' && bytes.length > 20_000, `the map is a picture of ${Math.round(bytes.length / 1024)} KB`);
  await page.getByText('Số liệu trên bản đồ').click();
  await accessible(page, 'dashboard, table open');
  await page.getByRole('button', { name: 'Sáng / tối' }).click();
  await page.waitForTimeout(1500);
  await accessible(page, 'dashboard, turned dark');
  await shot('turned-dark', page);
}
