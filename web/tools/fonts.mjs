// Cuts the fonts to the letters of Vietnamese and English and the signs that the pages use; the rest is never read.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import subset from 'subset-font';

const range = (from, to) => String.fromCodePoint(...Array.from({ length: to - from + 1 }, (_, at) => from + at));
const LETTERS = {
  latin: `${range(0x20, 0x7e)}\u00a0\u00ab\u00b0\u00b2\u00b7\u00bb\u00d7ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúý\u2009\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u2190\u2191\u2192\u2193\u2212\u2605`,
  vietnamese: `${range(0x1ea0, 0x1ef9)}\u0102\u0103\u0110\u0111\u0128\u0129\u0168\u0169\u01a0\u01a1\u01af\u01b0\u0300\u0301\u0303\u0309\u0323\u20ab`,
};

mkdirSync('src/ui/fonts', { recursive: true });
for (const [letters, text] of Object.entries(LETTERS)) {
  for (const weight of [400, 600]) {
    const source = readFileSync(`node_modules/@fontsource/be-vietnam-pro/files/be-vietnam-pro-${letters}-${weight}-normal.woff2`);
    writeFileSync(`src/ui/fonts/${letters}-${weight}.woff2`, await subset(source, text, { targetFormat: 'woff2' }));
  }
}
