import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const server = process.env.IOC_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [svelte()],
  server: { proxy: { '/api': server } },
  build: {
    target: 'es2022',
    manifest: 'manifest.json',
    modulePreload: { polyfill: false },
    // A font or picture inside a script would be loaded by everybody.
    assetsInlineLimit: 0,
    // The map is large by itself and comes later.
    chunkSizeWarningLimit: 1200,
    rolldownOptions: { input: ['index.html', 'desk.html', 'dashboard.html'] },
  },
  test: { include: ['test/**/*.test.ts'], environment: 'node' },
});
