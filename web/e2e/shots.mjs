// Pictures of the pages' states on a phone and an office screen, light and dark, into e2e/shots. Same variables as run.mjs.
import { report } from './api.mjs';
import { launch, PC, PHONE, POINT, SHOTS, visitor } from './browser.mjs';
import { signIn } from './desk.mjs';

const browser = await launch();
const shot = (page, name, more = {}) => page.screenshot({ path: `${SHOTS}state-${name}.png`, ...more });

async function citizen(name, profile, more) {
  const { context } = await visitor(browser, profile, more);
  const page = await context.newPage();
  await page.goto('/');
  await page.waitForTimeout(800);
  await shot(page, `${name}-home`);
  await page.goto('/#/new/where');
  await page.waitForTimeout(3500);
  await shot(page, `${name}-where`);
  await page.getByRole('button', { name: /Chọn xã|Choose the commune/ }).click();
  await page.getByRole('button', { name: 'Mường Nhé' }).click().catch(() => undefined);
  await page.waitForTimeout(300);
  await shot(page, `${name}-by-name`);
  await page.getByRole('button', { name: /^(Tiếp|Next)$/ }).click();
  await page.getByRole('button', { name: /^(Việc khác|Something else)$/ }).first().click();
  await page.waitForTimeout(500);
  await shot(page, `${name}-other`, { fullPage: true });
  await page.getByRole('button', { name: /Khiếu nại|Complaint/ }).click();
  await page.waitForTimeout(300);
  await shot(page, `${name}-elsewhere`);
  await context.close();
}

async function place(name, geolocation) {
  const { context } = await visitor(browser, PHONE, { geolocation });
  const page = await context.newPage();
  await page.goto('/#/new/where');
  await page.waitForTimeout(3500);
  await shot(page, `where-${name}`);
  await context.close();
}

async function desk(name, profile, more) {
  const { context } = await visitor(browser, profile, more);
  const page = await context.newPage();
  await signIn(page);
  await page.waitForTimeout(3500);
  await shot(page, `${name}-desk`);
  if (profile === PHONE) await page.locator('.list li button').first().click();
  await page.getByRole('button', { name: /^(Không phải của chúng tôi|Not ours)$/ }).click();
  await page.waitForTimeout(2000);
  await shot(page, `${name}-desk-transfer`);
  await page.getByRole('button', { name: /^(Gia hạn|More time)$/ }).click();
  await shot(page, `${name}-desk-extend`);
  if (profile === PC) {
    await page.emulateMedia({ media: 'print' });
    await page.pdf({ path: `${SHOTS}state-${name}-print.pdf`, preferCSSPageSize: true });
    await page.setViewportSize({ width: 794, height: 1123 });
    await shot(page, `${name}-print`);
  }
  await context.close();
}

async function dashboard(name, profile, more) {
  const { context } = await visitor(browser, profile, more);
  const page = await context.newPage();
  await page.goto('/dashboard');
  await page.waitForTimeout(4000);
  await shot(page, `${name}-dashboard`, { fullPage: profile === PHONE });
  await page.locator('.maplibregl-canvas').click({ position: { x: 150, y: 180 } }).catch(() => undefined);
  await page.waitForTimeout(1500);
  await shot(page, `${name}-dashboard-commune`);
  if (profile === PC) {
    await page.goto('about:blank');
    await page.goto('/dashboard#wall');
    await page.waitForTimeout(8000);
    await shot(page, `${name}-wall`);
  }
  await context.close();
}

async function troubles() {
  const { context } = await visitor(browser, PC);
  const page = await context.newPage();
  await page.route('**/api/**', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"code":"busy","title":"Bận"}' }));
  await page.goto('/dashboard');
  await page.waitForTimeout(800);
  await shot(page, 'dashboard-error');
  await page.goto('/#/report/K7QM-3XR9-F');
  await page.waitForTimeout(800);
  await shot(page, 'report-error');
  await page.unroute('**/api/**');
  await page.route('**/api/**', () => undefined);
  await page.goto('/dashboard');
  await page.waitForTimeout(600);
  await shot(page, 'dashboard-loading');
  await context.close();
}

/** What hardly ever happens, and must not break: 500 rows, one row, none, endless words, text at 200 %. */
async function stress() {
  const { context } = await visitor(browser, PC);
  const page = await context.newPage();
  await signIn(page);
  const queue = '**/api/v1/offices/*/tickets?**';
  const found = await (await page.request.get(`/api/v1/offices/${process.env.IOC_OFFICE}/tickets?limit=1`)).json();
  const [first] = found.items;
  const long = 'Đường vào bản sạt lở từ đêm qua, đất đá lấp kín mặt đường, xe máy và người đi bộ đều không qua được. '.repeat(30);
  const show = async (name, items, zoom = 1) => {
    await page.route(queue, (route) => route.fulfill({ json: { items, next: null } }));
    await page.setViewportSize({ width: PC.viewport.width / zoom, height: PC.viewport.height / zoom });
    await page.goto('/desk');
    await page.waitForTimeout(3000);
    await shot(page, `desk-${name}`);
    await page.unroute(queue);
  };
  await show('500-rows', Array.from({ length: 500 }, (_, place) => ({ ...first, id: place === 0 ? first.id : `${first.id}-${place}`, description: `${place + 1}. ${first.description}` })));
  await show('one-row', [first]);
  await show('none', []);
  await page.route('**/api/v1/tickets/*', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), description: long } });
  });
  await show('long', [{ ...first, description: long }]);
  await show('zoomed', [{ ...first, description: long }], 2);
  await page.setViewportSize(PC.viewport);
  await page.goto('/dashboard');
  await page.setViewportSize({ width: 720, height: 450 });
  await page.waitForTimeout(3500);
  await shot(page, 'dashboard-zoomed');
  await context.close();
  const stranger = await visitor(browser, PC);
  const door = await stranger.context.newPage();
  await door.goto('/desk');
  await door.getByLabel('Khóa').fill('ioc_nonsense');
  await door.getByRole('button', { name: 'Đăng nhập' }).click();
  await door.getByRole('alert').waitFor();
  await shot(door, 'desk-refused');
  await stranger.context.close();
}

const english = async (context) => context.addInitScript(() => localStorage.setItem('language', 'en'));
try {
  // At some hours the year of the demonstration leaves nothing open.
  await report();
  const jobs = process.argv.slice(2);
  const wanted = (name) => jobs.length === 0 || jobs.includes(name);
  if (wanted('citizen')) await citizen('phone', PHONE);
  if (wanted('citizen')) await citizen('phone-dark', PHONE, { colorScheme: 'dark' });
  if (wanted('places')) {
    await place('border', { latitude: Number(process.env.IOC_BORDER_LAT ?? 21.3951), longitude: Number(process.env.IOC_BORDER_LON ?? 103.0262), accuracy: 60 });
    await place('outside', { latitude: 21.03, longitude: 105.85, accuracy: 30 });
    await place('far', { ...POINT, accuracy: 900 });
  }
  if (wanted('desk')) for (const [name, profile, more] of [['pc', PC], ['pc-dark', PC, { colorScheme: 'dark' }], ['phone', PHONE]]) await desk(name, profile, more);
  if (wanted('dashboard')) for (const [name, profile, more] of [['pc', PC], ['pc-dark', PC, { colorScheme: 'dark' }], ['phone', PHONE]]) await dashboard(name, profile, more);
  if (wanted('troubles')) await troubles();
  if (wanted('stress')) await stress();
  if (wanted('english')) {
    const { context } = await visitor(browser, PHONE);
    await english(context);
    const page = await context.newPage();
    await page.goto('/#/new/where');
    await page.waitForTimeout(3000);
    await shot(page, 'english-where');
    await page.goto('/dashboard');
    await page.waitForTimeout(3000);
    await shot(page, 'english-dashboard', { fullPage: true });
    await context.close();
  }
} finally {
  await browser.close();
}
