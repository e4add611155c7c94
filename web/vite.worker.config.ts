// The service worker: one classic script at the root, which knows the names of what the page needs without a network.
import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { defineConfig, type Manifest } from 'vite';

const manifest = JSON.parse(readFileSync('dist/manifest.json', 'utf8')) as Manifest;

/** All files that the citizen's page needs; the map is kept when it is first used. */
function shell(): string[] {
  const files = new Set<string>();
  const visit = (name: string): void => {
    const chunk = manifest[name];
    if (!chunk || files.has(chunk.file) || name.includes('src/map/')) return;
    files.add(chunk.file);
    for (const file of [...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file);
    for (const next of [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])]) visit(next);
  };
  visit('index.html');
  return [...files].map((file) => `/${file}`).sort();
}

const files = shell();
const version = createHash('sha256').update(files.join() + readFileSync('dist/index.html', 'utf8')).digest('hex').slice(0, 12);

export default defineConfig({
  publicDir: false,
  define: { __SHELL__: JSON.stringify(['/', '/icons/icon.svg', ...files]), __VERSION__: JSON.stringify(version) },
  build: {
    target: 'es2022',
    emptyOutDir: false,
    rolldownOptions: { input: 'src/sw/worker.ts', output: { format: 'iife', entryFileNames: 'sw.js' } },
  },
});
