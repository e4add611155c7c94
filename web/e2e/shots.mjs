// Pictures of the pages' states on a phone and an office screen, light and dark, into e2e/shots. Same variables as run.mjs.
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
  if (profile === PHONE) await page.locator('nav li button').first().click();
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
    await page.waitForTimeout(4000);
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

const english = async (context) => context.addInitScript(() => localStorage.setItem('language', 'en'));
try {
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
