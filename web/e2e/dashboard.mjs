// The dashboard shows what the API says.
import { accessible } from './axe.mjs';
import { must, URL_ } from './browser.mjs';

export async function shows(page, shot) {
  await page.goto('/dashboard');
  await page.getByRole('button', { name: 'Tất cả' }).click();
  await page.locator('.maplibregl-canvas').waitFor({ timeout: 20_000 });
  await page.waitForTimeout(2500);
  const summary = await (await fetch(`${URL_}/api/v1/stats/summary`)).json();
  const shown = await page.locator('.five .value').allTextContents();
  const number = new Intl.NumberFormat('vi');
  must(shown[0] === number.format(summary.reports), `received: ${shown[0]}`);
  must(shown[1] === number.format(summary.open), `open: ${shown[1]}`);
  must(shown[2] === number.format(summary.overdue), `overdue: ${shown[2]}`);
  const board = await (await fetch(`${URL_}/api/v1/stats/offices`)).json();
  must((await page.locator('.boardside tbody tr').count()) === board.items.length, `${board.items.length} offices stand on the board`);
  await shot('open', page);
  await accessible(page, 'dashboard');
  await page.locator('select').selectOption('on_time_share');
  await page.waitForTimeout(1500);
  await shot('on-time', page);
  await page.getByText('Số liệu trên bản đồ').click();
  await accessible(page, 'dashboard, table open');
}
