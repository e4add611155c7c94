// The dashboard shows what the API says, and the API what a plain recount says.
import { readFileSync } from 'node:fs';
import { ADMIN, DASHBOARD, get, recounted, report } from './api.mjs';
import { accessible } from './axe.mjs';
import { must, OFFICE, URL_ } from './browser.mjs';

/** A quantile is read from buckets whose bounds are 5 % apart. */
const STATED_ERROR = 0.025;

export async function counts() {
  const [told, found] = [await get('/api/v1/stats/summary', ADMIN), await recounted(ADMIN)];
  for (const figure of ['reports', 'open', 'overdue']) must(told[figure] === found[figure], `${figure} as recounted: ${told[figure]}, ${found[figure]}`);
  const off = Math.abs(told.median_resolution_hours - found.median) / found.median;
  must(off <= STATED_ERROR, `the median of ${found.resolved} is ${found.median.toFixed(2)} h, told as ${told.median_resolution_hours} h`);
}

const number = new Intl.NumberFormat('vi');
const exactly = (value) => new RegExp(`^${number.format(value).replaceAll('.', '\\.')}$`);
const figure = (page, place) => page.locator('.five .value').nth(place);

async function opened(page) {
  await page.goto('/dashboard');
  await page.locator('.maplibregl-canvas').waitFor();
  await figure(page, 4).waitFor();
}

/** The five figures and the board are the API's; what happens meanwhile comes by itself. */
export async function shows(page, shot) {
  await opened(page);
  const summary = await get('/api/v1/stats/summary', '');
  await figure(page, 0).filter({ hasText: exactly(summary.reports) }).waitFor();
  const shown = await page.locator('.five .value').allTextContents();
  must(shown[0] === number.format(summary.reports), `received: ${shown[0]}`);
  must(shown[1] === number.format(summary.open), `open: ${shown[1]}`);
  must(shown[2] === number.format(summary.overdue), `overdue: ${shown[2]}`);
  const board = await get('/api/v1/stats/offices', '');
  must((await page.locator('.boardside tbody tr').count()) === board.items.length, `${board.items.length} offices stand on the board`);
  const told = board.items.filter((one) => !one.suppressed).length;
  must((await page.locator('.boardside tbody svg[role=img]').count()) === told, `${told} of them with a line of what came in`);
  await page.waitForTimeout(1500);
  await shot('open');
  await accessible(page, 'dashboard');

  await page.getByText('● trực tiếp').waitFor();
  const { items } = await get('/api/v1/stats/offices?categories=true', '');
  const [line] = items.filter((one) => one.office.id === OFFICE);
  must(line.categories.some((one) => one.category === 'rac_thai') && line.categories.every((one) => one.reports >= 5), `${line.categories.length} categories of the office are told, none of the few`);
  await report();
  await figure(page, 0).filter({ hasText: exactly(summary.reports + 1) }).waitFor();
  must(true, 'a report is counted on the open page without being asked for');
  const news = (await page.locator('[aria-labelledby=feed] li', { hasText: 'nhận 1' }).first().textContent()).replace(/\s+/g, ' ');
  must(news.includes(`Rác thải · ${line.office.name.vi}`), `the feed tells of it by category, office and number: ${news}`);
  if (await page.evaluate(() => !matchMedia('(hover: hover)').matches)) {
    const canvas = page.locator('.maplibregl-canvas');
    await canvas.scrollIntoViewIfNeeded();
    const { width, height } = await canvas.boundingBox();
    // A little to the east of the middle there is land.
    await canvas.tap({ position: { x: 0.6 * width, y: 0.42 * height } });
    const close = page.locator('.map').getByRole('button', { name: 'Đóng' });
    await close.waitFor();
    await shot('touched');
    await accessible(page, 'dashboard, a commune touched');
    await close.click();
    await close.waitFor({ state: 'detached' });
    must(true, 'what a finger touched on the map says so, and can be closed');
  }
}

/** The map as a picture and as a table, communes and hexagons, light and dark; every table is a file too. */
export async function draws(page, shot) {
  await opened(page);
  await page.locator('select').selectOption('on_time_share');
  await page.waitForTimeout(1500);
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Tải ảnh PNG' }).click()]);
  const bytes = readFileSync(await file.path());
  must(bytes.subarray(1, 4).toString() === 'PNG' && bytes.length > 20_000, `the map is a picture of ${Math.round(bytes.length / 1024)} KB`);
  await figure(page, 2).click();
  await page.locator('#table tbody tr').first().waitFor();
  await page.getByText('Số liệu trên bản đồ: Quá hạn').waitFor();
  must(true, 'a figure opens to what it is made of');
  await accessible(page, 'dashboard, table open');
  await page.getByRole('button', { name: 'Ô lục giác' }).click();
  await page.getByText(/\d+ ô/).first().waitFor();
  await page.waitForTimeout(800);
  await shot('hexagons');
  await accessible(page, 'dashboard, hexagons');
  const files = await page.getByRole('link', { name: 'Tải CSV' }).evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  must(files.length >= 4, `${files.length} figures have a file`);
  for (const href of files) {
    const answer = await fetch(`${URL_}${href}`);
    const lines = (await answer.text()).trim().split('\n').length;
    must(answer.headers.get('content-type').startsWith('text/csv') && lines >= 2, `${href}: ${lines} lines`);
  }
  await page.getByRole('button', { name: 'Sáng / tối' }).click();
  await page.waitForTimeout(1000);
  await shot('turned-dark');
  await accessible(page, 'dashboard, turned dark');
}

/** Days chosen by keyboard or by drawing are what everything counts. */
export async function brushes(page, shot) {
  await opened(page);
  const whole = await get('/api/v1/stats/summary', '');
  const { items } = await get('/api/v1/stats/timeline', '');
  const [last, before] = [items.at(-1), items.at(-2)];
  const sum = await get(`/api/v1/stats/summary?from=${before.from}&to=${last.to}`, '');
  const from = page.getByRole('slider', { name: 'Từ' });
  await from.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  await figure(page, 0).filter({ hasText: exactly(sum.reports) }).waitFor();
  must(true, `two steps chosen by keyboard: ${sum.reports} of ${whole.reports}`);
  await shot('brushed');
  await accessible(page, 'dashboard, days chosen');
  await page.keyboard.press('Escape');
  await figure(page, 0).filter({ hasText: exactly(whole.reports) }).waitFor();
  must(true, 'Escape shows everything again');
  const plot = await page.locator('.plot').boundingBox();
  const at = (share) => [plot.x + plot.width * share, plot.y + plot.height / 2];
  await page.locator('.plot').scrollIntoViewIfNeeded();
  const box = await page.locator('.plot').boundingBox();
  const [x, y] = at(0.55);
  await page.mouse.move(x, y - plot.y + box.y);
  await page.mouse.down();
  await page.mouse.move(...[at(0.8)[0], y - plot.y + box.y], { steps: 5 });
  await page.mouse.up();
  await page.getByRole('button', { name: 'Bỏ chọn' }).waitFor();
  const span = await Promise.all(['Từ', 'Đến'].map((name) => page.getByRole('slider', { name }).getAttribute('aria-valuenow')));
  must(Number(span[0]) < Number(span[1]), `and days drawn with the pointer: steps ${span.join(' to ')}`);
  await page.getByRole('button', { name: 'Bỏ chọn' }).click();
  await figure(page, 0).filter({ hasText: exactly(whole.reports) }).waitFor();
}

/** Whoever signs in sees what is not public, here and not at the desk; signing out hides it again. */
export async function enters(page, shot) {
  await opened(page);
  const few = page.locator('.boardside td.few');
  const hidden = await few.count();
  await page.getByRole('button', { name: 'Đăng nhập' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Khóa', { exact: false }).fill('ioc_nonsense');
  await dialog.getByRole('button', { name: 'Đăng nhập' }).click();
  await dialog.getByRole('alert').waitFor();
  await accessible(page, 'dashboard, sign in refused');
  await dialog.getByLabel('Khóa', { exact: false }).fill(DASHBOARD);
  await dialog.getByRole('button', { name: 'Đăng nhập' }).click();
  await page.getByText('Xem nội bộ').waitFor();
  await page.locator('.boardside tbody tr').first().waitFor();
  must((await few.count()) === 0, `signed in, no office is hidden; ${hidden} were`);
  await shot('internal');
  await accessible(page, 'dashboard, internal');
  await page.reload();
  await page.getByText('Xem nội bộ').waitFor();
  await page.getByRole('button', { name: 'Thoát', exact: true }).click();
  await page.getByRole('button', { name: 'Đăng nhập' }).waitFor();
  await page.locator('.boardside tbody tr').first().waitFor();
  must((await few.count()) === hidden, 'signed out, they are hidden again');
}

/** That hour of today in Vietnam. */
const hour = (at) => Date.parse(`${new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10)}T${at}:00+07:00`);

/** The wall turns over by itself, without controls, and gives less light at night. */
export async function hangs(page, shot) {
  await page.clock.install({ time: hour('12:00') });
  await page.goto('/dashboard#wall');
  await page.locator('.maplibregl-canvas').waitFor();
  const title = page.locator('.mapside h2');
  const first = await title.textContent();
  must((await page.evaluate(() => document.documentElement.dataset.theme)) === 'dark', 'the wall is dark');
  await accessible(page, 'dashboard, wall');
  const { width, height } = page.viewportSize();
  const whole = await page.evaluate(() => document.documentElement.scrollHeight);
  must(width < 1200 || whole <= height, `the wall is one screen of ${height}: ${whole}`);
  await shot('wall');
  await page.clock.runFor(61_000);
  await title.filter({ hasNotText: first }).waitFor();
  must(true, `the wall goes on by itself: ${first}, ${await title.textContent()}`);
  const light = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const day = await light();
  await page.clock.setSystemTime(hour('21:00'));
  await page.clock.runFor(11_000);
  await page.locator('html[data-night]').waitFor();
  must((await light()) !== day, `it is darker at night: ${day}, ${await light()}`);
  await accessible(page, 'dashboard, wall at night');
  await shot('night');
}

/** Without a server the page says so, and goes on when it is back. */
export async function fails(page, shot) {
  await page.route('**/api/**', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"code":"busy","title":"Bận"}' }));
  await page.goto('/dashboard');
  await page.getByRole('alert').waitFor();
  await shot('error');
  await accessible(page, 'dashboard, without a server');
  await page.unroute('**/api/**');
  await page.getByRole('button', { name: 'Thử lại' }).click();
  await figure(page, 4).waitFor();
  must(true, 'an error says what to do, and is over when it is');
}
