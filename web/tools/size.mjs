// What a first visit of `/` loads without fonts and map, in brotli bytes; fails above the budget.
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';

const BUDGET = 80 * 1024;
const FONTS = 60 * 1024;
// The server compresses while it sends, which is less thorough than the best level.
const level = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const manifest = JSON.parse(readFileSync('dist/manifest.json', 'utf8'));
const size = (file) => brotliCompressSync(readFileSync(`dist/${file}`), level).length;

function needed(entry) {
  const files = new Set([entry]);
  const visit = (name) => {
    const chunk = manifest[name];
    if (!chunk || files.has(chunk.file)) return;
    files.add(chunk.file);
    (chunk.css ?? []).forEach((file) => files.add(file));
    (chunk.imports ?? []).forEach(visit);
  };
  visit(entry);
  return [...files];
}

let over = false;
for (const entry of ['index.html', 'desk.html', 'dashboard.html']) {
  const files = needed(entry);
  const total = files.reduce((sum, file) => sum + size(file), 0);
  if (entry === 'index.html') over ||= total > BUDGET;
  console.log(`${entry.padEnd(16)} ${(total / 1024).toFixed(1)} KB brotli in ${files.length} files`);
}
const fonts = Object.values(manifest).filter((chunk) => chunk.file.endsWith('.woff2')).map((chunk) => readFileSync(`dist/${chunk.file}`).length);
const all = fonts.reduce((sum, bytes) => sum + bytes, 0);
over ||= all > FONTS;
console.log(`fonts            ${(all / 1024).toFixed(1)} KB in ${fonts.length} files`);
const map = Object.values(manifest).filter((chunk) => /base|maplibre/.test(chunk.file)).map((chunk) => chunk.file);
console.log(`map, later       ${(map.reduce((sum, file) => sum + size(file), 0) / 1024).toFixed(1)} KB brotli`);
if (over) {
  console.error('over the budget: 80 KB for the page, 60 KB for fonts');
  process.exit(1);
}
