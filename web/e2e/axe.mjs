// What axe finds on a page as it stands once nothing fades in any more; any finding ends the run.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What comes into view is pale for a moment, and no finding. */
const rest = () => {
  const ending = document.getAnimations().filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime));
  return Promise.all(ending.map((one) => one.finished.catch(() => undefined))).then(() => undefined);
};

export async function accessible(page, name) {
  await page.evaluate(rest);
  // Evaluated by the debugger, so the page's own policy does not stand in the way.
  await page.evaluate(source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  for (const one of violations) {
    console.log(`  axe ${name}: ${one.impact} ${one.id}: ${one.help}`);
    for (const node of one.nodes.slice(0, 3)) console.log(`        ${node.html.slice(0, 160)}`);
  }
  if (violations.length > 0) throw new Error(`${name}: ${violations.length} findings of axe`);
  console.log(`  ok  axe: ${name}`);
}
