// Drives the three pages of a running server: IOC_URL, IOC_OFFICE and IOC_KEY (a key of that office, in whose area
// IOC_LON, IOC_LAT lie). Pictures of every state go into e2e/shots.
import { launch, KEY, must, OFFICE, PC, PHONE, POINT, SHOTS, URL_, visitor } from './browser.mjs';
import { accessible } from './axe.mjs';
import { chooses, complains, offline, onBorder, sends } from './citizen.mjs';
import { shows } from './dashboard.mjs';
import { settles, signIn } from './desk.mjs';

if (!OFFICE || !KEY) throw new Error('set IOC_OFFICE and IOC_KEY: ioc keys create --scope office:ID --name NAME');
const locate = async ({ longitude, latitude }) => (await fetch(`${URL_}/api/v1/locate?lon=${longitude}&lat=${latitude}`)).json();
const placed = await locate(POINT);
must(OFFICE.endsWith(placed.commune), `the position lies in the area of ${OFFICE}`);

const count = async () => (await (await fetch(`${URL_}/api/v1/stats/summary`)).json()).reports;
const shooter = (prefix, own) => (name, page = own) => page.screenshot({ path: `${SHOTS}${prefix}-${name}.png` });
const browser = await launch();
const problems = [];
try {
  const phone = await visitor(browser, PHONE);
  const page = await phone.context.newPage();
  const { code } = await sends(page, shooter('citizen', page));
  const back = await offline(phone.context, page, count, shooter('citizen', page));

  const border = await visitor(browser, PHONE, { geolocation: await onBorder(locate, POINT) });
  const unsure = await border.context.newPage();
  await chooses(unsure, shooter('citizen', unsure));
  await complains(unsure);

  const office = await visitor(browser, PC);
  await settles(office.context, code, shooter('desk'));

  await back.goto(`/#/report/${code}`);
  await back.getByText('Đã xong thật chưa?', { exact: true }).waitFor();
  await back.waitForTimeout(1500);
  await back.screenshot({ path: `${SHOTS}citizen-resolved.png`, fullPage: true });
  await back.getByRole('button', { name: 'Chưa xong' }).click();
  await back.getByLabel('Còn chưa xong chỗ nào?').fill('Rác vẫn còn dưới lòng suối.');
  await back.getByRole('button', { name: 'Gửi', exact: true }).click();
  await back.getByText('Chờ tiếp nhận', { exact: true }).waitFor();
  must(true, 'the citizen reopened it');

  const wall = await visitor(browser, PC);
  await shows(await wall.context.newPage(), shooter('dashboard'));

  const night = await visitor(browser, PHONE, { colorScheme: 'dark' });
  const late = await night.context.newPage();
  for (const address of ['/', '/#/new/photo', '/dashboard']) {
    await late.goto(address);
    await late.waitForTimeout(2500);
    await accessible(late, `dark ${address}`);
  }
  await signIn(late);
  await late.locator('nav li button').first().click();
  await late.waitForTimeout(1500);
  await accessible(late, 'dark desk on a phone');
  problems.push(...phone.problems, ...border.problems, ...office.problems, ...wall.problems, ...night.problems);
} finally {
  await browser.close();
}
must(problems.length === 0, `the consoles are clean${problems.map((one) => `\n      ${one}`).join('')}`);
