// The citizen: a report with a photo from a phone, then one without signal that is sent exactly once.
import { accessible } from './axe.mjs';
import { must, picture } from './browser.mjs';

const go = (page, words) => page.getByRole('button', { name: words, exact: true }).click();

/** Fills the steps up to the send button. `shot` is called at every screen. */
export async function write(page, text, shot = async () => {}) {
  await page.getByRole('link', { name: /Gửi phản ánh|Viết tiếp/ }).click();
  await page.getByRole('heading', { name: 'Chụp ảnh chỗ cần xử lý' }).waitFor();
  await shot('photo');
  await page.getByTestId('camera').setInputFiles(await picture(page, text.slice(0, 24)));
  await page.getByRole('button', { name: 'Đúng chỗ này' }).waitFor();
  await page.locator('.maplibregl-canvas').waitFor().catch(() => undefined);
  await page.waitForTimeout(400);
  await shot('where');
  await go(page, 'Đúng chỗ này');
  await page.getByRole('button', { name: 'Rác thải' }).waitFor();
  await shot('what-pick');
  await page.getByRole('button', { name: 'Rác thải' }).click();
  await page.getByRole('textbox').fill(text);
  await page.waitForTimeout(500);
  await shot('what');
  await go(page, 'Tiếp');
  await page.getByRole('heading', { name: 'Gửi phản ánh' }).waitFor();
  await page.waitForTimeout(300);
  await shot('send');
}

/** Counts what a person presses on a page, from now on. */
export async function presses(page) {
  await page.evaluate(() => {
    globalThis.pressed = 0;
    addEventListener('click', (event) => (globalThis.pressed += event.isTrusted ? 1 : 0), true);
  });
  return () => page.evaluate(() => globalThis.pressed);
}

/** From the photo to the sent report: where, which matter, on, send. */
export async function taps(page) {
  await page.goto('/#/new/photo');
  const camera = page.getByTestId('camera');
  await camera.waitFor({ state: 'attached' });
  const photo = await picture(page, 'Bốn chạm');
  const pressed = await presses(page);
  await camera.setInputFiles(photo);
  await go(page, 'Đúng chỗ này');
  await page.getByRole('button', { name: 'Rác thải' }).click();
  await go(page, 'Tiếp');
  await go(page, 'Gửi phản ánh');
  await page.getByTestId('code').waitFor();
  const taken = await pressed();
  must(taken <= 4, `a report takes ${taken} taps after its photo`);
  const code = (await page.getByTestId('code').textContent()).trim();
  await page.getByRole('link', { name: 'Xem tình hình' }).click();
  await page.locator('section .frame').first().scrollIntoViewIfNeeded();
  await page.locator('section img').first().waitFor();
  must(true, 'its photo arrived after it, and is shown to its sender');
  await accessible(page, 'citizen, a report of one\'s own');
  return code;
}

/** Sends one with a network; gives its code and secret. */
export async function sends(page, shot) {
  await page.goto('/');
  await page.getByRole('link', { name: 'Gửi phản ánh' }).waitFor();
  await shot('home');
  await accessible(page, 'citizen, home');
  await write(page, 'Rác chất ven suối đã một tuần, mùi nặng, trẻ con hay chơi gần đó.', async (name) => {
    await shot(name);
    await accessible(page, `citizen, ${name}`);
  });
  await go(page, 'Gửi phản ánh');
  const code = (await page.getByTestId('code').textContent()).trim();
  must(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]$/.test(code), `a number at once: ${code}`);
  await page.getByText('Mã bí mật', { exact: true }).click();
  const secret = (await page.getByTestId('secret').textContent()).trim();
  await shot('sent');
  await accessible(page, 'citizen, sent');
  return { code, secret };
}

/** Without signal: the report is kept, the page is closed, and it arrives exactly once. */
export async function offline(context, page, count, shot) {
  await page.goto('/');
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null, null);
  const before = await count();
  await context.setOffline(true);
  await page.reload();
  await page.getByRole('link', { name: 'Gửi phản ánh' }).waitFor();
  must(true, 'the page opens without a network');
  await write(page, 'Cống tắc trước chợ, nước tràn ra đường mỗi khi mưa.', (name) => shot(`offline-${name}`));
  await go(page, 'Gửi phản ánh');
  await page.getByRole('heading', { name: 'Đã lưu trên máy' }).waitFor();
  await shot('offline-kept');
  await accessible(page, 'citizen, kept on the phone');
  await page.close();
  const again = await context.newPage();
  await again.goto('/');
  await again.getByRole('heading', { name: 'Chờ gửi' }).waitFor();
  await shot('offline-outbox', again);
  await accessible(again, 'citizen, outbox');
  must((await count()) === before, 'nothing was sent yet');
  await context.setOffline(false);
  await again.evaluate(() => dispatchEvent(new Event('online')));
  await again.getByRole('heading', { name: 'Chờ gửi' }).waitFor({ state: 'detached' });
  // Asked again and again, it still is one report.
  await again.evaluate(() => dispatchEvent(new Event('online')));
  await again.waitForTimeout(1000);
  must((await count()) === before + 1, 'with a network exactly one report arrived');
  await shot('mine', again);
  await accessible(again, 'citizen, my reports');
  return again;
}

/** A point on the border of the commune around `from`: halfway between inside and outside, again and again. */
export async function onBorder(locate, from) {
  const home = (await locate(from)).commune;
  let [inside, outside] = [from, { ...from, longitude: from.longitude + 0.4 }];
  for (let step = 0; step < 24; step += 1) {
    const middle = { ...from, longitude: (inside.longitude + outside.longitude) / 2 };
    if ((await locate(middle)).commune === home) inside = middle;
    else outside = middle;
  }
  return { ...inside, accuracy: 60 };
}

/** Near a border two big buttons ask, and the answer goes on. */
export async function chooses(page, shot) {
  await page.goto('/#/new/where');
  await page.getByText('Chỗ này gần ranh giới', { exact: false }).waitFor();
  await page.waitForTimeout(1500);
  await shot('border');
  await accessible(page, 'citizen, near a border');
  const choice = page.locator('.choice .big');
  must((await choice.count()) === 2, `near a border two communes are offered: ${(await choice.allTextContents()).join(', ')}`);
  await choice.last().click();
  await page.getByRole('heading', { name: 'Việc gì vậy?' }).waitFor();
}

/** A complaint is not a field report: the page says where the law sends it. */
export async function complains(page) {
  await page.getByRole('button', { name: 'Việc khác' }).first().click();
  await page.getByRole('button', { name: /Khiếu nại/ }).click();
  await page.getByRole('heading', { name: 'Việc này gửi nơi khác theo luật' }).waitFor();
  must((await page.getByRole('button', { name: 'Tiếp', exact: true }).count()) === 0, 'a complaint is told where to go, and not sent');
}

/** Where others have said the same, one is counted with them instead of sending it again. */
export async function metoo(page, report, shot) {
  const text = 'Rác tràn ra lối đi cạnh cầu.';
  // A crowd, so that the place may be told.
  for (let nth = 0; nth < 6; nth += 1) await report({ description: `${text} (${nth})` });
  await page.goto('/#/new/where');
  await go(page, 'Đúng chỗ này');
  await page.getByRole('button', { name: 'Rác thải' }).click();
  await page.getByRole('heading', { name: 'Đã có người báo gần đây' }).waitFor();
  await shot('similar');
  await accessible(page, 'citizen, similar reports');
  const asked = page.waitForResponse((answer) => answer.url().endsWith('/metoo'));
  await page.getByRole('button', { name: 'Tôi cũng gặp' }).first().click();
  const answer = await asked;
  must(answer.status() === 200 && (await answer.json()).me_too >= 1, '"me too" is counted');
  await page.getByText('Bạn không cần gửi thêm', { exact: false }).waitFor();
  await shot('metoo');
  await accessible(page, 'citizen, counted too');
}

/** Without any position a commune and a village are picked by name. */
export async function byName(page, found) {
  await page.context().clearPermissions();
  await page.goto('/#/new/where');
  await page.getByRole('button', { name: 'Chọn xã, không cần vị trí' }).click();
  await page.getByLabel('Tìm xã, phường').first().fill('dien bien phu');
  await page.locator('ul button').first().click();
  await page.getByLabel('Tên bản', { exact: false }).fill('Bản Him Lam 2, sau trường');
  await accessible(page, 'citizen, a commune by name');
  await go(page, 'Tiếp');
  await page.getByRole('button', { name: 'Rác thải' }).click();
  await page.getByRole('textbox').fill('Rác chất sau trường, không biết đứng ở đâu.');
  await go(page, 'Tiếp');
  await go(page, 'Gửi phản ánh');
  const code = (await page.getByTestId('code').textContent()).trim();
  const ticket = (await found()).find((one) => one.code === code);
  must(ticket?.place_hint === 'Bản Him Lam 2, sau trường' && !ticket.position, 'without a position a commune and a village are picked, and the office sees them');
}

/** What is refused, not there or not reachable says what to do next. */
export async function troubles(page, shot) {
  await page.route('**/api/v1/categories', (route) => route.abort());
  await page.goto('/#/new/where');
  await go(page, 'Đúng chỗ này');
  await page.getByRole('alert').waitFor();
  await shot('no-categories');
  await accessible(page, 'citizen, categories that do not come');
  await page.goto('/#/report/K7QM-3XR9-F');
  await page.getByRole('alert').waitFor();
  await shot('not-found');
  await accessible(page, 'citizen, a number that is nobody\'s');
}

/** A member of a community team signs in once, reports for a neighbour, and sees the team's figures. */
export async function behalf(page, key, shot) {
  await page.goto('/');
  await page.getByRole('link', { name: 'Tổ công nghệ số cộng đồng' }).click();
  await page.getByLabel('Khóa', { exact: false }).fill(key);
  await shot('team-sign-in');
  await page.getByRole('button', { name: 'Đăng nhập' }).click();
  const sent = page.locator('dl .card dd').first();
  await sent.waitFor();
  const before = Number(await sent.textContent());
  await page.goto('/#/new/where');
  await page.getByRole('button', { name: 'Chọn xã, không cần vị trí' }).click();
  await page.getByLabel('Tìm xã, phường').first().fill('dien bien phu');
  await page.locator('ul button').first().click();
  await page.getByLabel('Tên bản', { exact: false }).fill('Bản Noong Bua, cạnh nhà văn hóa');
  await go(page, 'Tiếp');
  await page.getByRole('button', { name: 'Rác thải' }).click();
  await page.getByRole('textbox').fill('Rác chất sau nhà văn hóa bản.');
  await go(page, 'Tiếp');
  await page.getByLabel('Tên người đó').fill('Lò Thị Ban');
  await shot('team-send');
  await accessible(page, 'citizen, for a neighbour');
  await go(page, 'Gửi phản ánh');
  await page.getByTestId('code').waitFor();
  await page.goto('/#/team');
  await sent.filter({ hasText: String(before + 1) }).waitFor();
  await page.waitForTimeout(500);
  await shot('team');
  await accessible(page, 'citizen, a team');
  must(true, 'a team reports for a neighbour by village, and sees it counted');
}
