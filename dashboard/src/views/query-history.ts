import { signal } from '@preact/signals';

const KEY = 'tributary.queries';
const MOST = 30;

/** What was asked in this browser, the newest first. */
export const queryHistory = signal<readonly string[]>(read());

export function keepQuery(sql: string): void {
  queryHistory.value = [sql, ...queryHistory.value.filter((each) => each !== sql)].slice(0, MOST);
  localStorage.setItem(KEY, JSON.stringify(queryHistory.value));
}

function read(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((each) => typeof each === 'string') : [];
  } catch {
    // somebody else wrote there: nothing is remembered then
    return [];
  }
}
