/** Whether the page is dark now: by the wall screen, or by the wish of the device. */
export const isDark = (): boolean =>
  document.documentElement.dataset.theme === 'dark' || matchMedia('(prefers-color-scheme: dark)').matches;
