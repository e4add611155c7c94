// What people meet seldom: English, text at 200 %, an empty queue, forms of the desk, the one sheet of paper.
import { comments, report } from './api.mjs';
import { accessible } from './axe.mjs';
import { must, picture } from './browser.mjs';
import { open, signIn } from './desk.mjs';

/** What reaches out of a window of that width, and whose words are cut; a phone's own window grows with what reaches out. */
function overflow(width) {
  const wide = [];
  const scrolls = (node) => node !== null && node !== document.documentElement && (/auto|scroll|hidden|clip/.test(getComputedStyle(node).overflowX) || scrolls(node.parentElement));
  for (const node of document.querySelectorAll('body *')) {
    const box = node.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || !node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const words = [...node.childNodes].some((one) => one.nodeType === Node.TEXT_NODE && one.textContent.trim() !== '');
    const cut = words && /hidden|clip/.test(style.overflowX) && style.textOverflow !== 'ellipsis' && style.clipPath === 'none' && node.scrollWidth > node.clientWidth + 1;
    const out = words && box.right > width + 1 && !scrolls(node.parentElement);
    if (cut || out) wide.push(`${node.tagName} ${node.className}: ${node.textContent.trim().slice(0, 60)}`);
  }
  return { whole: document.documentElement.scrollWidth, wide };
}

/** With text twice as large nothing is cut and nobody scrolls sideways. */
async function grows(page, name) {
  await page.evaluate(() => (document.documentElement.style.fontSize = `${2 * parseFloat(getComputedStyle(document.documentElement).fontSize)}px`));
  const { width } = page.viewportSize();
  const { whole, wide } = await page.evaluate(overflow, width);
  await page.evaluate(() => (document.documentElement.style.fontSize = ''));
  must(whole <= width && wide.length === 0, `${name}: text at 200 % fits into ${width} px${whole > width ? `, not ${whole}` : ''}${wide.map((one) => `\n        ${one}`).join('')}`);
}

const looked = async (page, name) => {
  await accessible(page, `${name}, English`);
  await grows(page, name);
};

/** A report up to its last step, in English and in large letters. */
export async function citizen(page, shot) {
  await page.goto('/');
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('heading', { name: 'My reports' }).waitFor();
  await looked(page, 'citizen, home');
  await page.goto('/#/new/where');
  await page.getByRole('button', { name: 'This is the place' }).waitFor();
  await grows(page, 'citizen, where');
  await page.getByRole('button', { name: 'This is the place' }).click();
  await page.getByRole('button', { name: 'Waste' }).click();
  await page.getByRole('textbox').fill('Rubbish beside the path for three days.');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('heading', { name: 'Send the report' }).waitFor();
  await looked(page, 'citizen, send');
  await shot('english-send');
}

/** The desk with each form that other specs do not open, with what is left after refusing, empty, and in English. */
export async function desk(page, shot) {
  const { code } = await report();
  const narrow = page.viewportSize().width < 900;
  await signIn(page);
  await open(page, code);
  await page.getByRole('button', { name: 'Gia hạn', exact: true }).click();
  await page.getByText('Hạn cũ', { exact: false }).waitFor();
  await accessible(page, 'desk, more time');
  await page.getByRole('button', { name: 'Không phải của chúng tôi' }).click();
  await page.getByLabel('Chuyển tới', { exact: false }).waitFor();
  await accessible(page, 'desk, not ours');
  await page.getByRole('button', { name: 'Từ chối', exact: true }).click();
  await page.getByLabel('Giải thích cho người dân').fill('Đã xem, việc này không còn nữa.');
  await page.getByRole('button', { name: 'Gửi', exact: true }).click();
  await page.getByText('Đã từ chối, có lý do.').waitFor();
  await shot('refused');
  await accessible(page, 'desk, after refusing');

  if (narrow) {
    await page.getByRole('button', { name: 'Quay lại' }).click();
    await page.getByRole('button', { name: 'Thêm' }).click();
    await page.getByRole('button', { name: 'Thoát' }).waitFor();
    await accessible(page, 'desk, the head opened');
  }
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('button', { name: 'Done', exact: true }).click();
  await page.getByRole('searchbox').fill(code);
  await page.locator('.list li').first().waitFor();
  await looked(page, 'desk, queue');
  await page.locator('.list li button').first().click();
  await page.locator('article header strong', { hasText: code }).waitFor();
  await looked(page, 'desk, ticket');

  await page.route('**/api/v1/offices/*/tickets?**', (route) => route.fulfill({ json: { items: [], next: null } }));
  await page.reload();
  await page.getByText('Nothing is waiting.').waitFor();
  await shot('empty');
  await accessible(page, 'desk, nothing to do');
  await page.goto('/dashboard');
  await page.locator('.five .value').nth(4).waitFor();
  await page.locator('.boardside tbody tr').first().waitFor();
  await looked(page, 'dashboard');
}

const LONG = 'Đường vào bản sạt lở từ đêm qua, đất đá lấp kín mặt đường, xe máy và người đi bộ đều không qua được. '.repeat(40).slice(0, 4_000);

/** However much was said, seen and done about a ticket: its print is one sheet, and nothing on it is cut. */
export async function prints(page, shot) {
  const { code } = await report();
  await comments(code, 'Đã gọi trưởng bản, hẹn chiều nay đi xem tận nơi rồi báo lại cho bà con.');
  await signIn(page);
  const photo = (await picture(page, 'Sạt lở')).buffer;
  await page.route('**/api/v1/photos/**', (route) => route.fulfill({ body: photo, contentType: 'image/jpeg' }));
  const photos = (from) => [0, 1, 2, 3, 4, 5].map((nth) => `00000000-0000-7000-8000-00000000000${from + nth}`);
  await page.route('**/api/v1/tickets/*', async (route) => {
    const answer = await route.fetch();
    const ticket = await answer.json();
    const note = ticket.history.at(-1);
    const history = Array.from({ length: 40 }, (_, nth) => ({ ...note, version: 100 + nth, ...(nth % 13 === 12 ? { kind: 'resolved', photos: photos(3) } : {}) }));
    const shown = photos(0).map((id) => ({ id, url: `/api/v1/photos/${id}`, small_url: `/api/v1/photos/${id}?size=small`, width: null, height: null }));
    await route.fulfill({ response: answer, json: { ...ticket, description: LONG, photos: shown, history: [...ticket.history, ...history] } });
  });
  await open(page, code);
  for (const frame of await page.locator('article .frame').all()) await frame.scrollIntoViewIfNeeded();
  await page.waitForFunction(() => [...document.querySelectorAll('article img')].every((one) => one.complete && one.naturalWidth > 0));
  await page.emulateMedia({ media: 'print' });
  const sheet = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
  const pages = sheet.match(/\/Type\s*\/Page\b/g)?.length;
  const [, width, height] = /\/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]/.exec(sheet) ?? [];
  must(pages === 1 && Math.round(width) === 595 && Math.round(height) === 842, `4,000 letters, 12 photos and 42 acts are ${pages} sheet of ${width} × ${height} points`);
  // The sheet between its margins, at 96 dots an inch.
  await page.setViewportSize({ width: 688, height: 1017 });
  const cut = await page.evaluate(() => ['article', 'article .history'].map((part) => document.querySelector(part)).filter((node) => node.scrollHeight > node.clientHeight + 1).map((node) => `${node.className} ${node.scrollHeight} > ${node.clientHeight}`));
  await shot('sheet');
  must(cut.length === 0, `nothing on it is cut${cut.join(', ')}`);
}
