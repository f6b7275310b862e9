import { signal } from '@preact/signals';

export type Theme = 'light' | 'dark';

const KEY = 'tributary.theme';
const system = matchMedia('(prefers-color-scheme: dark)');

/** What somebody chose here before, or what their system says. */
export const theme = signal<Theme>(chosen() ?? (system.matches ? 'dark' : 'light'));

system.addEventListener('change', ({ matches }) => {
  if (chosen() === undefined) show(matches ? 'dark' : 'light');
});

export function startTheme(): void {
  show(theme.value);
}

export function toggleTheme(): void {
  const next = theme.value === 'dark' ? 'light' : 'dark';
  localStorage.setItem(KEY, next);
  show(next);
}

function show(next: Theme): void {
  document.documentElement.dataset['theme'] = next;
  theme.value = next;
}

function chosen(): Theme | undefined {
  const kept = localStorage.getItem(KEY);
  return kept === 'light' || kept === 'dark' ? kept : undefined;
}

/** A colour of the theme as it is now: for what is drawn on a canvas. */
export function themeColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const SERIES_COLORS = 12;

/** The colour of the n-th series; they repeat. */
export function seriesColor(index: number): string {
  return themeColor(`series-${(index % SERIES_COLORS) + 1}`);
}
