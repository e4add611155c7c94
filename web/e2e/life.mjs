// The life of a report: accepted and resolved among two officials, reopened and rated by its sender, settled again, confirmed.
import { accessible } from './axe.mjs';
import { must, SHOTS } from './browser.mjs';
import { open, settles, signIn } from './desk.mjs';

/** Follows by number and secret, as whoever lost the phone does. */
async function follow(page, { code, secret }) {
  await page.goto('/');
  await page.getByText('Theo dõi phản ánh khác').click();
  await page.getByLabel('Mã phản ánh', { exact: true }).fill(code);
  await page.getByLabel('Mã bí mật', { exact: false }).fill(secret);
  await page.getByRole('button', { name: 'Xem', exact: true }).click();
  await page.getByText('Đã xong thật chưa?', { exact: true }).waitFor();
}

export async function life(by, report, atDesk, atHome) {
  const receipt = await report();
  await by((page, context) => settles(context, receipt.code, atDesk()), { provoked: /ERR_FAILED/ });
  await by(async (page) => {
    await follow(page, receipt);
    await page.locator('ol li.end .frame').first().scrollIntoViewIfNeeded();
    const photo = page.locator('ol img').first();
    await photo.waitFor();
    await page.waitForFunction((seen) => seen.complete && seen.naturalWidth > 100, await photo.elementHandle());
    must(true, 'the answer came with its photo');
    await page.screenshot({ path: `${SHOTS}${page.viewportSize().width}-citizen-resolved.png`, fullPage: true });
    await accessible(page, 'citizen, resolved');
    const shown = await photo.getAttribute('src');
    await page.getByRole('button', { name: '4 trên 5 sao' }).click();
    await page.getByText('Cảm ơn bạn.').waitFor();
    must(true, 'the citizen rated it');
    await page.waitForTimeout(1500);
    // Told anew after each act: on a phone whose bytes are paid for, a photo that is there stays there.
    must((await photo.getAttribute('src')) === shown, 'its photo was not fetched again');
    await page.getByRole('button', { name: 'Chưa xong' }).click();
    await page.getByLabel('Còn chưa xong chỗ nào?').fill('Rác vẫn còn dưới lòng suối.');
    await accessible(page, 'citizen, reopening');
    await page.getByRole('button', { name: 'Gửi', exact: true }).click();
    await page.getByText('Chờ tiếp nhận', { exact: true }).waitFor();
    await atHome(page)('reopened');
    must(true, 'the citizen reopened it');
  });
  await by(async (page) => {
    await signIn(page);
    await open(page, receipt.code);
    await page.getByRole('button', { name: 'Nhận', exact: true }).click();
    await page.getByText('Đã nhận.').waitFor();
    await page.getByRole('button', { name: 'Xong', exact: true }).click();
    await page.getByLabel('Đã làm gì?', { exact: false }).fill('Đã dọn nốt dưới suối.');
    await page.getByRole('button', { name: 'Gửi', exact: true }).click();
    await page.getByText('Đã trả lời người dân.').waitFor();
  });
  await by(async (page) => {
    await follow(page, receipt);
    await page.getByRole('button', { name: 'Rồi, đã xong' }).click();
    await page.getByText('Đã đóng', { exact: true }).waitFor();
    must(true, 'and confirmed it the second time');
  });
}
