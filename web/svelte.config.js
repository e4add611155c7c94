import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  compilerOptions: {
    runes: true,
    // Components are made anew (`{#key}`) where the thing they show changes; their first value is meant.
    warningFilter: (warning) => warning.code !== 'state_referenced_locally',
  },
};
