// The official: sign in, accept, resolve; two windows on one ticket do not overwrite each other.
import { accessible } from './axe.mjs';
import { KEY, must, OFFICE, picture } from './browser.mjs';

export async function signIn(page) {
  await page.goto('/desk');
  await page.getByLabel('Khóa', { exact: false }).or(page.getByRole('searchbox')).first().waitFor();
  if (await page.getByLabel('Khóa', { exact: false }).isVisible()) {
    await page.getByLabel('Khóa', { exact: false }).fill(KEY);
    await page.getByRole('button', { name: 'Đăng nhập' }).click();
  }
  await page.getByRole('searchbox').waitFor();
}

async function open(page, code) {
  await page.getByRole('searchbox').fill(code);
  await page.locator('nav li button').first().click();
  await page.locator('article header strong', { hasText: code }).waitFor();
}

export async function settles(context, code, shot) {
  const [one, two] = [await context.newPage(), await context.newPage()];
  await one.goto('/desk');
  await shot('sign-in', one);
  await accessible(one, 'desk, sign in');
  await signIn(one);
  await one.waitForTimeout(2500);
  await shot('queue', one);
  await accessible(one, 'desk, queue');
  await signIn(two);
  await open(one, code);
  await open(two, code);

  await two.getByRole('button', { name: 'Từ chối', exact: true }).click();
  await two.getByLabel('Giải thích cho người dân').fill('Đã xem, không thuộc việc của phường.');
  await one.getByRole('button', { name: 'Nhận', exact: true }).click();
  await one.getByText('Đã nhận.').waitFor();
  await two.getByRole('button', { name: 'Gửi', exact: true }).click();
  await two.getByRole('alert').filter({ hasText: 'vừa làm trước' }).waitFor();
  must((await two.getByLabel('Giải thích cho người dân').inputValue()).startsWith('Đã xem'), 'who came second is told, and keeps what was typed');
  await shot('conflict', two);
  await two.close();

  await one.getByRole('button', { name: 'Xong', exact: true }).click();
  await one.getByLabel('Đã làm gì?', { exact: false }).fill('Đã thu gom, đặt biển cấm đổ rác.');
  await one.getByLabel('Thêm ảnh sau khi làm').setInputFiles(await picture(one, 'Sau khi dọn'));
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
