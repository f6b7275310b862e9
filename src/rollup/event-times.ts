import { columnOf } from '../columns/select.ts';
import type { AddFile } from '../delta/actions.ts';
import { timestampBounds } from '../delta/stats.ts';
import { quoteName } from '../sql/quote.ts';
import type { LoggedFile } from '../lake/sql-file.ts';
import { querySource, type Source, SOURCE } from './source-query.ts';

/** The least and greatest event time of some rows, in milliseconds, rounded down. */
export type EventTimes = { readonly min: number; readonly max: number };

/** From the file's statistics, if it has them. */
export function knownTimes(source: Source, file: LoggedFile): EventTimes | undefined {
  return 'stats' in file ? timestampBounds(file as AddFile, source.table.eventTime) : undefined;
}

/** Of all rows of the files: from their statistics, and from their contents where those are missing. Undefined without any. */
export async function eventTimes(
  source: Source,
  files: readonly LoggedFile[],
): Promise<EventTimes | undefined> {
  const silent: LoggedFile[] = [];
  let times: EventTimes | undefined;
  for (const file of files) {
    const known = knownTimes(source, file);
    if (known === undefined) silent.push(file);
    else times = joinTimes(times, known);
  }
  return silent.length === 0 ? times : joinTimes(times, await readTimes(source, silent));
}

export function joinTimes(a: EventTimes | undefined, b: EventTimes | undefined): EventTimes | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

async function readTimes(source: Source, files: readonly LoggedFile[]): Promise<EventTimes | undefined> {
  const { eventTime } = source.table;
  const time = quoteName(eventTime);
  const batch = await querySource(source, {
    sql: `SELECT min(${time}) AS "least", max(${time}) AS "greatest" FROM ${SOURCE}`,
    files,
    columns: [eventTime],
  });
  const [least, greatest] = ['least', 'greatest'].map((name) => columnOf(batch, name));
  if (least?.validity?.[0] === 0) return undefined;
  return { min: toMillis(least?.values[0]), max: toMillis(greatest?.values[0]) };
}

/** Rounded down, before 1970 too. */
export function toMillis(microseconds: unknown): number {
  const value = microseconds as bigint;
  const millis = value / 1000n;
  return Number(millis * 1000n > value ? millis - 1n : millis);
}
