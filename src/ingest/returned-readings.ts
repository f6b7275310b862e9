import type { BatchBuilder } from '../columns/builder.ts';
import { setNull, setValid } from '../columns/column-builder.ts';
import { PAYLOAD } from '../columns/reserved.ts';
import type { TableDecoder } from '../decode/decoder.ts';
import type { Failure } from '../decode/failure.ts';
import { parseOnce } from '../decode/payload.ts';
import { fillLevels } from '../fleet/index.ts';
import { originOf, type Place } from './places.ts';

/** Which readings of a message come back to one table. */
export type Returned = {
  readonly place: Place;
  /** these; undefined: every reading of the message */
  readonly only: ReadonlySet<number> | undefined;
  /** but for these */
  readonly except: ReadonlySet<number>;
  /** how many readings the message held for the table when it failed, where that is known */
  readonly readings?: number | undefined;
};

/** What became of them: rows (from now on or from before), and what still fails. */
export type ReturnedOutcome = {
  readonly rows: ReadonlySet<number>;
  readonly failures: readonly Failure[];
  /** how many the message holds for the table today; 0 where it fails as a whole */
  readonly readings: number;
  /** whether every reading of the message was asked for */
  readonly entire: boolean;
};

const NONE: ReadonlySet<number> = new Set();

/**
 * Appends the returned readings that the table lacks. The message's bytes are kept with its first row, so they are
 * written only where the table holds no row of it.
 *
 * @param held the readings of the message that the table holds
 */
export function decodeReturned(
  { place, only, except, readings: known }: Returned,
  held: ReadonlySet<number>,
  decoder: TableDecoder,
  into: BatchBuilder,
): ReturnedOutcome {
  const { key: topic, payload, arrivedAt } = place.record;
  const entire = only === undefined;
  const levels = fillLevels(decoder.table, topic);
  if (levels === undefined) {
    const detail = 'the table does not take the topic any more';
    return { rows: held, readings: 0, entire, failures: [{ index: -1, reason: 'unroutable-topic', detail }] };
  }
  const message = { topic, levels, payload, arrivedAt, origin: originOf(place) };
  const parse = parseOnce(payload);
  const whole = decoder.decode(message, into, NONE, parse);
  if (whole.failures.length > 0) return { rows: held, readings: 0, entire, failures: whole.failures };
  const count = whole.readings;
  if (only !== undefined && known !== undefined && known !== 0 && known !== count) {
    const detail = `the message held ${known} readings for the table and holds ${count} now: which is which is not known`;
    return {
      rows: held,
      readings: count,
      entire,
      failures: missingFrom(only, held).map((index) => ({ index, reason: 'no-reading', detail })),
    };
  }
  const wanted = new Set<number>();
  for (let index = 0; index < count; index++) {
    if ((only?.has(index) ?? true) && !except.has(index) && !held.has(index)) wanted.add(index);
  }
  const first = into.length;
  const failures = [...decoder.decode(message, into, wanted, parse).failures];
  if (into.length > first) placePayload(into, first, held.size === 0 ? payload : undefined);
  const failed = new Set(failures.map(({ index }) => index));
  for (const index of missingFrom(only ?? NONE, held)) {
    if (index < count) continue;
    failures.push({ index, reason: 'no-reading', detail: `the message holds ${count} readings now` });
  }
  const became = Array.from(wanted).filter((index) => !failed.has(index));
  return { rows: new Set([...held, ...became]), readings: count, entire, failures };
}

function missingFrom(wanted: ReadonlySet<number>, held: ReadonlySet<number>): number[] {
  return Array.from(wanted).filter((index) => !held.has(index));
}

function placePayload(into: BatchBuilder, row: number, payload: Uint8Array | undefined): void {
  const column = into.columns[into.schema.fields.findIndex(({ name }) => name === PAYLOAD)];
  if (column?.kind !== 'bytes') return;
  if (payload === undefined) {
    setNull(column, row, into.capacity);
    return;
  }
  column.values[row] = payload;
  setValid(column, row);
}
