/** Light or dark: what the person chose, else what the device wishes; the wall screen is dark. `data-theme` says which. */

const wish = matchMedia('(prefers-color-scheme: dark)');
const root = document.documentElement;
const NAME = 'theme';
let forced = false;

function chosen(): string | null {
  try {
    return localStorage.getItem(NAME);
  } catch {
    return null;
  }
}

const apply = (): void => void (root.dataset.theme = forced || (chosen() ?? (wish.matches ? 'dark' : 'light')) === 'dark' ? 'dark' : 'light');

/** Keeps the page as it is wished for, from now on. */
export function follow(): void {
  apply();
  wish.addEventListener('change', apply);
}

/** Whether the page is dark now. */
export const isDark = (): boolean => root.dataset.theme === 'dark';

/** Turns to the other one, and keeps that on this device. */
export function turn(): void {
  const other = isDark() ? 'light' : 'dark';
  try {
    localStorage.setItem(NAME, other);
  } catch {
    // It then lasts as long as the page.
  }
  root.dataset.theme = other;
}

/** Dark in any case, or as wished for again. */
export function force(dark: boolean): void {
  forced = dark;
  apply();
}
