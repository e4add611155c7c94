// Drives the three pages of a running server: IOC_URL, IOC_OFFICE and IOC_KEY (a key of that office, in whose area
// IOC_LON, IOC_LAT lie), IOC_TEAM_KEY (report:behalf) and IOC_ADMIN_KEY (admin). Names of specs as arguments run only those.
// Pictures of every state go into e2e/shots.
import { ADMIN, report, TEAM } from './api.mjs';
import { launch, KEY, must, OFFICE, PC, PHONE, POINT, SHOTS, URL_, visitor } from './browser.mjs';
import { accessible } from './axe.mjs';
import { behalf, chooses, complains, offline, onBorder, sends, taps } from './citizen.mjs';
import { contract } from './contract.mjs';
import { counts, shows } from './dashboard.mjs';
import { counter, firstDay, hears, province, settles, signIn } from './desk.mjs';
import { pace } from './pace.mjs';

if (!OFFICE || !KEY || !ADMIN || !TEAM) throw new Error('set IOC_OFFICE, IOC_KEY, IOC_TEAM_KEY and IOC_ADMIN_KEY: see web/README.md');
const locate = async ({ longitude, latitude }) => (await fetch(`${URL_}/api/v1/locate?lon=${longitude}&lat=${latitude}`)).json();
const placed = await locate(POINT);
must(OFFICE.endsWith(placed.commune), `the position lies in the area of ${OFFICE}`);

const count = async () => (await (await fetch(`${URL_}/api/v1/stats/summary`)).json()).reports;
const shooter = (prefix, own) => (name, page = own) => page.screenshot({ path: `${SHOTS}${prefix}-${name}.png` });
const browser = await launch();
const problems = [];

/** A visitor of its own for one spec; what its console says is kept. */
async function as(profile, more, work) {
  const { context, problems: own } = await visitor(browser, profile, more);
  try {
    await work(await context.newPage(), context);
  } finally {
    problems.push(...own);
    await context.close();
  }
}

const specs = {
  contract,

  citizen: () => as(PHONE, {}, async (page, context) => {
    await sends(page, shooter('citizen', page));
    await taps(page);
    await offline(context, page, count, shooter('citizen', page));
  }),

  border: async () => as(PHONE, { geolocation: await onBorder(locate, POINT) }, async (page) => {
    await chooses(page, shooter('citizen', page));
    await complains(page);
  }),

  team: () => as(PHONE, {}, (page) => behalf(page, TEAM, shooter('citizen', page))),

  /** The life of a report: accepted and resolved among two officials, reopened and rated by its sender. */
  life: async () => {
    const { code, secret } = await report();
    await as(PC, {}, (page, context) => settles(context, code, shooter('desk')));
    await as(PHONE, {}, async (page) => {
      await page.goto('/');
      await page.getByText('Theo dõi phản ánh khác').click();
      await page.getByLabel('Mã phản ánh', { exact: true }).fill(code);
      await page.getByLabel('Mã bí mật', { exact: false }).fill(secret);
      await page.getByRole('button', { name: 'Xem', exact: true }).click();
      await page.getByText('Đã xong thật chưa?', { exact: true }).waitFor();
      await page.waitForTimeout(1500);
      await page.screenshot({ path: `${SHOTS}citizen-resolved.png`, fullPage: true });
      await accessible(page, 'citizen, resolved');
      await page.getByRole('button', { name: '4 trên 5 sao' }).click();
      await page.getByText('Cảm ơn bạn.').waitFor();
      must(true, 'the citizen rated it');
      await page.getByRole('button', { name: 'Chưa xong' }).click();
      await page.getByLabel('Còn chưa xong chỗ nào?').fill('Rác vẫn còn dưới lòng suối.');
      await page.getByRole('button', { name: 'Gửi', exact: true }).click();
      await page.getByText('Chờ tiếp nhận', { exact: true }).waitFor();
      must(true, 'the citizen reopened it');
    });
    await as(PC, {}, async (page) => {
      await signIn(page);
      await page.getByRole('searchbox').fill(code);
      await page.locator('nav li button').first().click();
      await page.getByRole('button', { name: 'Nhận', exact: true }).click();
      await page.getByText('Đã nhận.').waitFor();
      await page.getByRole('button', { name: 'Xong', exact: true }).click();
      await page.getByLabel('Đã làm gì?', { exact: false }).fill('Đã dọn nốt dưới suối.');
      await page.getByRole('button', { name: 'Gửi', exact: true }).click();
      await page.getByText('Đã trả lời người dân.').waitFor();
    });
    await as(PHONE, {}, async (page) => {
      await page.goto('/');
      await page.getByText('Theo dõi phản ánh khác').click();
      await page.getByLabel('Mã phản ánh', { exact: true }).fill(code);
      await page.getByLabel('Mã bí mật', { exact: false }).fill(secret);
      await page.getByRole('button', { name: 'Xem', exact: true }).click();
      await page.getByRole('button', { name: 'Rồi, đã xong' }).click();
      await page.getByText('Đã đóng', { exact: true }).waitFor();
      must(true, 'and confirmed it the second time');
    });
  },

  desk: async () => {
    await as(PC, {}, (page) => firstDay(page, shooter('desk')));
    await as(PC, {}, (page) => hears(page, shooter('desk')));
    await as(PC, {}, (page) => counter(page, shooter('desk')));
  },

  province: () => as(PC, {}, (page) => province(page, ADMIN, shooter('desk'))),

  dashboard: async () => {
    await counts();
    await as(PC, {}, (page) => shows(page, shooter('dashboard')));
  },

  night: () => as(PHONE, { colorScheme: 'dark' }, async (page) => {
    for (const address of ['/', '/#/new/photo', '/dashboard']) {
      await page.goto(address);
      await page.waitForTimeout(2500);
      await accessible(page, `dark ${address}`);
    }
    await signIn(page);
    await page.locator('nav li button').first().click();
    await page.waitForTimeout(1500);
    await accessible(page, 'dark desk on a phone');
  }),

  pace: () => pace(browser),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in specs));
if (unknown.length > 0) throw new Error(`no such spec: ${unknown.join(', ')}; there are ${Object.keys(specs).join(', ')}`);
try {
  for (const [name, spec] of Object.entries(specs)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    console.log(name);
    await spec();
  }
} finally {
  await browser.close();
}
must(problems.length === 0, `the consoles are clean${problems.map((one) => `\n      ${one}`).join('')}`);
