// The official: sign in, accept, resolve; two windows on one ticket do not overwrite each other.
import { comments, report, tickets } from './api.mjs';
import { accessible } from './axe.mjs';
import { KEY, must, OFFICE, picture } from './browser.mjs';
import { presses } from './citizen.mjs';

export async function signIn(page) {
  await page.goto('/desk');
  await page.getByLabel('Khóa', { exact: false }).or(page.getByRole('searchbox')).first().waitFor();
  if (await page.getByLabel('Khóa', { exact: false }).isVisible()) {
    await page.getByLabel('Khóa', { exact: false }).fill(KEY);
    await page.getByRole('button', { name: 'Đăng nhập' }).click();
  }
  await page.getByRole('searchbox').waitFor();
}

/** On a phone the list and the ticket are two screens. */
async function list(page) {
  const back = page.getByRole('button', { name: 'Quay lại' });
  if (await back.isVisible()) await back.click();
  await page.getByRole('searchbox').waitFor();
}

/** Opens a ticket by its number. */
export async function open(page, code) {
  await list(page);
  await page.getByRole('searchbox').fill(code);
  await page.locator('.list li button').first().click();
  await page.locator('article header strong', { hasText: code }).waitFor();
}

/** Photos are read as slowly as on an old phone. */
const slowly = (page) => page.evaluate(() => {
  const read = globalThis.createImageBitmap;
  globalThis.createImageBitmap = async (...of) => {
    await new Promise((then) => setTimeout(then, 1500));
    return read(...of);
  };
});

export async function settles(context, code, shot) {
  const [one, two] = [await context.newPage(), await context.newPage()];
  await one.goto('/desk');
  await shot('sign-in', one);
  await accessible(one, 'desk, sign in');
  await signIn(one);
  await one.waitForTimeout(2500);
  await shot('queue', one);
  await accessible(one, 'desk, queue');
  // The second window hears nothing, so that it acts on what was.
  await two.route('**/stream', (route) => route.abort());
  await signIn(two);
  await open(one, code);
  await open(two, code);
  await two.route('**/api/v1/offices/*/tickets?**', (route) => route.abort());

  await two.getByRole('button', { name: 'Từ chối', exact: true }).click();
  await two.getByLabel('Giải thích cho người dân').fill('Đã xem, không thuộc việc của phường.');
  await one.getByRole('button', { name: 'Nhận', exact: true }).click();
  await one.getByText('Đã nhận.').waitFor();
  await two.getByRole('button', { name: 'Gửi', exact: true }).click();
  await two.getByRole('alert').filter({ hasText: 'vừa làm trước' }).waitFor();
  must((await two.getByLabel('Giải thích cho người dân').inputValue()).startsWith('Đã xem'), 'who came second is told, and keeps what was typed');
  await accessible(two, 'desk, somebody was first');
  await shot('conflict', two);
  await two.close();

  await one.getByRole('button', { name: 'Xong', exact: true }).click();
  await one.getByLabel('Đã làm gì?', { exact: false }).fill('Đã thu gom, đặt biển cấm đổ rác.');
  await comments(code, 'Đã gọi tổ dân phố.');
  await one.getByRole('alert').filter({ hasText: 'vừa làm trước' }).waitFor();
  must((await one.getByLabel('Đã làm gì?', { exact: false }).inputValue()).startsWith('Đã thu gom'), 'who is writing is told at once that somebody acted, and keeps what was typed');
  const photo = await picture(one, 'Sau khi dọn');
  await slowly(one);
  await one.getByLabel('Thêm ảnh sau khi làm').setInputFiles(photo);
  await one.getByText('Đang thu nhỏ ảnh').waitFor();
  must(await one.getByRole('button', { name: 'Gửi', exact: true }).isDisabled(), 'an answer is not sent before its photo is ready');
  await one.getByText('1 ảnh sẽ gửi kèm').waitFor();
  await shot('resolve', one);
  await accessible(one, 'desk, resolving');
  await one.getByRole('button', { name: 'Gửi', exact: true }).click();
  await one.getByText('Đã trả lời người dân.').waitFor();
  must(true, 'accepted and resolved with a photo');
  await one.keyboard.press('?');
  await one.getByRole('dialog').waitFor();
  await shot('help', one);
  await one.keyboard.press('Escape');
  await one.close();
}

/** A first-time official: from the sign-in to the first settled ticket. */
export async function firstDay(page, shot) {
  await report();
  await page.goto('/desk');
  const pressed = await presses(page);
  const narrow = page.viewportSize().width < 900;
  await page.getByLabel('Khóa', { exact: false }).fill(KEY);
  await page.getByRole('button', { name: 'Đăng nhập' }).click();
  if (narrow) await page.locator('.list li button').first().click();
  await page.locator('article header strong').waitFor();
  const code = await page.locator('article header strong').textContent();
  const accept = page.getByRole('button', { name: 'Nhận', exact: true });
  if (await accept.isVisible()) {
    await accept.click();
    await page.getByText('Đã nhận.').waitFor();
  }
  await page.getByRole('button', { name: 'Xong', exact: true }).click();
  await page.getByLabel('Đã làm gì?', { exact: false }).fill('Đã xử lý tại chỗ.');
  await page.getByRole('button', { name: 'Gửi', exact: true }).click();
  await page.getByText('Đã trả lời người dân.').waitFor();
  const clicks = await pressed();
  must(clicks <= 5, `from the sign-in to the first settled ticket: ${clicks} clicks (${code})`);
  await shot('first-settled', page);
}

/** What comes while the page is open is there by itself; the urgent rings and counts in the title. */
export async function hears(page, shot) {
  await signIn(page);
  await page.getByText('● trực tiếp').waitFor({ state: 'attached' });
  await page.locator('.list li').first().waitFor();
  const fresh = await report({ category: 'sat_lo', description: 'Đất đá tràn xuống đường vào bản, xe không qua được.' });
  await page.getByText('Có việc khẩn mới', { exact: false }).waitFor({ state: 'attached' });
  must((await page.title()).startsWith('(1)'), `an urgent one is told by itself: ${await page.title()}`);
  await open(page, fresh.code);
  await page.waitForFunction(() => !document.title.startsWith('('));
  must(true, 'the title counts what was not looked at');
  await shot('urgent', page);
}

/** At the counter: a report by telephone; the same matter twice is merged; another's matter is passed on; a sheet. */
export async function counter(page, shot) {
  await signIn(page);
  await page.keyboard.press('n');
  const form = page.getByRole('dialog');
  await form.getByLabel('Loại việc').selectOption('rac_thai');
  await form.getByLabel('Người dân kể gì?').fill('Bà Ban gọi: rác chất trước nhà văn hóa bản Noong Bua.');
  await form.getByLabel('Bản, đường, mốc dễ thấy').fill('Bản Noong Bua');
  await form.getByLabel('Tên người gọi').fill('Lò Thị Ban');
  await form.getByLabel('Số điện thoại').fill('0912 345 678');
  await shot('take-in', page);
  await accessible(page, 'desk, a report by telephone');
  await form.getByRole('button', { name: 'Ghi nhận' }).click();
  const code = (await page.getByTestId('taken-code').textContent()).trim();
  await shot('taken', page);
  await form.getByRole('button', { name: 'Đóng' }).click();
  await page.locator('.list li', { hasText: 'Bà Ban gọi' }).first().waitFor();
  must(true, `a report by telephone has its number and stands in the queue: ${code}`);

  const [main, twin] = [await report(), await report({ description: 'Lại bao rác giữa lối đi, mùi nặng.' })];
  await page.locator('.list li').first().waitFor();
  await open(page, twin.code);
  await page.getByRole('button', { name: 'Gộp trùng' }).click();
  await page.locator('label.pick', { hasText: main.code }).waitFor();
  await page.locator('label.pick', { hasText: main.code }).locator('input').check();
  await shot('merge', page);
  await accessible(page, 'desk, merging');
  await page.getByRole('button', { name: 'Gửi', exact: true }).click();
  await page.getByText('Đã gộp.').waitFor();
  const merged = (await tickets()).find((one) => one.code === twin.code);
  must(merged.status === 'merged', 'a duplicate is merged into the one chosen');
  await page.getByRole('button', { name: 'Mở phiếu chính' }).click();
  await page.locator('article header strong', { hasText: main.code }).waitFor();
  await page.getByRole('button', { name: 'Mở phiếu kia' }).click();
  await page.locator('article header strong', { hasText: twin.code }).waitFor();
  must(true, 'each of the two leads to the other');

  const foreign = await report({ description: 'Phiếu này là của xã bên.' });
  await open(page, foreign.code);
  await page.keyboard.press('t');
  const office = page.getByLabel('Chuyển tới', { exact: false });
  await office.waitFor();
  must(/^Gợi ý: /.test((await office.locator('option').first().textContent()) ?? ''), 'the right office is suggested');
  const other = await office.locator('optgroup').last().locator('option').first().textContent();
  await office.selectOption({ label: other });
  await page.getByLabel('Vì sao không phải của cơ quan này?').fill('Điểm này thuộc xã bên.');
  await shot('transfer', page);
  await page.getByRole('button', { name: 'Gửi', exact: true }).click();
  await page.getByText('Phiếu này đã chuyển tới', { exact: false }).waitFor();
  await shot('moved', page);
  must(true, `passed on to ${other}; what is left says where it went`);

  await list(page);
  const link = page.getByRole('link', { name: 'Tải bảng Excel' });
  if (!(await link.isVisible())) await page.getByRole('button', { name: 'Thêm' }).click();
  const [sheet] = await Promise.all([page.waitForEvent('download'), link.click()]);
  must(sheet.suggestedFilename().startsWith(OFFICE) && sheet.suggestedFilename().endsWith('.xlsx'), `the queue as a sheet: ${sheet.suggestedFilename()}`);
}

/** The province's desk: what waits there, and what happens when nobody acts. */
export async function province(page, key, shot) {
  await report({ position: undefined, description: 'Không rõ ở đâu, xin tỉnh xem giúp.' });
  await page.goto('/desk');
  await page.getByLabel('Khóa', { exact: false }).fill(key);
  await page.getByRole('button', { name: 'Đăng nhập' }).click();
  await page.getByText('tự chuyển', { exact: false }).first().waitFor();
  if (page.viewportSize().width < 900) await page.locator('.list li', { hasText: 'tự chuyển' }).first().getByRole('button').click();
  await page.getByText('Nếu không ai quyết').waitFor();
  await page.waitForTimeout(1500);
  await shot('province', page);
  await accessible(page, 'desk of the province');
  must(true, 'the province sees what waits, and the default that will happen');
  await page.goto('/dashboard');
  await page.getByText(/không ai quyết thì .* tự chuyển tới/).first().waitFor();
  must(true, 'and so does its dashboard, with where it will go');
  await page.getByText('chưa được duyệt an toàn', { exact: false }).first().waitFor();
  must(true, 'a system that is not told stands there');
  await page.locator('#province').scrollIntoViewIfNeeded();
  await shot('province-board', page);
  await accessible(page, 'dashboard of the province');
}
