// Drives the three pages of a running server: IOC_URL, IOC_OFFICE and IOC_KEY (a key of that office, in whose area
// IOC_LON, IOC_LAT lie), IOC_TEAM_KEY (report:behalf), IOC_DASHBOARD_KEY (dashboard:read) and IOC_ADMIN_KEY (admin).
// Arguments choose: names of specs, and `phone` or `pc`. Pictures of what the specs pass go into e2e/shots.
import { ADMIN, DASHBOARD, report, TEAM, tickets } from './api.mjs';
import { launch, KEY, must, OFFICE, PC, PHONE, POINT, SHOTS, URL_, visitor } from './browser.mjs';
import { accessible } from './axe.mjs';
import * as citizen from './citizen.mjs';
import * as dashboard from './dashboard.mjs';
import * as desk from './desk.mjs';
import { life } from './life.mjs';
import { pace } from './pace.mjs';
import * as states from './states.mjs';

if (!OFFICE || !KEY || !ADMIN || !TEAM || !DASHBOARD) throw new Error('set IOC_OFFICE, IOC_KEY, IOC_TEAM_KEY, IOC_DASHBOARD_KEY and IOC_ADMIN_KEY: see web/README.md');
const locate = async ({ longitude, latitude }) => (await fetch(`${URL_}/api/v1/locate?lon=${longitude}&lat=${latitude}`)).json();
const placed = await locate(POINT);
must(OFFICE.endsWith(placed.commune), `the position lies in the area of ${OFFICE}`);

const count = async () => (await (await fetch(`${URL_}/api/v1/stats/summary`)).json()).reports;
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

/** The specs for one kind of screen. */
function specsOf(profile) {
  const shooter = (prefix) => (own) => (name, page = own) => page.screenshot({ path: `${SHOTS}${profile.name}-${prefix}-${name}.png` });
  const [atHome, atDesk, atBoard] = ['citizen', 'desk', 'dashboard'].map(shooter);
  const by = (work, more = {}) => as(profile, more, work);
  return {
    citizen: () => by(async (page, context) => {
      await citizen.sends(page, atHome(page));
      await citizen.taps(page);
      await citizen.offline(context, page, count, atHome(page));
    }),

    border: async () => by(async (page) => {
      await citizen.chooses(page, atHome(page));
      await citizen.complains(page);
    }, { geolocation: await citizen.onBorder(locate, POINT) }),

    similar: () => by((page) => citizen.metoo(page, report, atHome(page))),

    village: () => by((page) => citizen.byName(page, tickets)),

    troubles: () => by((page) => citizen.troubles(page, atHome(page)), { provoked: /status of 404|ERR_FAILED/ }),

    team: () => by((page) => citizen.behalf(page, TEAM, atHome(page))),

    life: () => life(by, report, atDesk, atHome),

    desk: async () => {
      await by((page) => desk.firstDay(page, atDesk(page)));
      await by((page) => desk.hears(page, atDesk(page)));
      await by((page) => desk.counter(page, atDesk(page)));
    },

    province: () => by((page) => desk.province(page, ADMIN, atDesk(page))),

    dashboard: async () => {
      await dashboard.counts();
      for (const one of ['shows', 'draws', 'brushes', 'hangs']) await by((page) => dashboard[one](page, atBoard(page)));
      await by((page) => dashboard.enters(page, atBoard(page)), { provoked: /status of 401/ });
      await by((page) => dashboard.fails(page, atBoard(page)), { provoked: /status of 503/ });
    },

    states: async () => {
      await by((page) => states.citizen(page, atHome(page)));
      await by((page) => states.desk(page, atDesk(page)));
      // Whoever prints sits at a desk.
      if (profile === PC) await by((page) => states.prints(page, atDesk(page)));
    },

    approximate: () => by(async (page) => {
      for (const address of ['/', '/desk', '/dashboard']) {
        await page.goto(address);
        await page.getByText('chỉ là gần đúng', { exact: false }).first().waitFor();
      }
      must(true, 'approximate boundaries say so on all three pages');
    }),

    night: () => by(async (page) => {
      for (const address of ['/', '/#/new/photo', '/dashboard']) {
        await page.goto(address);
        await page.waitForTimeout(2500);
        await accessible(page, `dark ${address}`);
      }
      await desk.signIn(page);
      await page.locator('.list li button').first().click();
      await page.locator('article header strong').waitFor();
      await accessible(page, 'dark desk');
    }, { colorScheme: 'dark' }),
  };
}

const asked = process.argv.slice(2);
const profiles = [PC, PHONE].filter(({ name }) => asked.includes(name) || !asked.some((one) => one === PC.name || one === PHONE.name));
const names = asked.filter((one) => one !== PC.name && one !== PHONE.name);
const known = [...Object.keys(specsOf(PC)), 'pace'];
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) throw new Error(`no such spec: ${unknown.join(', ')}; there are ${known.join(', ')}`);
try {
  for (const profile of profiles) {
    for (const [name, spec] of Object.entries(specsOf(profile))) {
      if (names.length > 0 && !names.includes(name)) continue;
      console.log(`${name}, ${profile.name}`);
      await spec();
    }
  }
  if (names.length === 0 || names.includes('pace')) await pace(browser);
} finally {
  await browser.close();
}
must(problems.length === 0, `the consoles are clean, and nobody else was asked${problems.map((one) => `\n      ${one}`).join('')}`);
