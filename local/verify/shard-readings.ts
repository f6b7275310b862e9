import type { StreamKind } from '../../src/streams/stream.ts';
import { createGrowable } from './growable.ts';
import { createPositionList, findPosition } from './position-list.ts';

/** The table number of a record that no table takes: it is expected in the quarantine, as a whole. */
export const UNROUTABLE = 0xffff;

/** What was found of a reading: two bits count its rows, two its unresolved stands in the quarantine. */
const ROW = 0x01;
const QUARANTINED = 0x04;
/** The quarantine says that it became a row: there has to be one. */
const REPLAYED = 0x10;
/** The quarantine says that somebody did without it: there has to be none, unless it was replayed as well. */
const DISCARDED = 0x20;
/** There may be a row or not: no table took the topic then, or the quarantine was resolved while we looked. */
const COVERED = 0x40;

/** What the quarantine says of a reading. `covered`: nothing that a row could contradict. */
export type QuarantineState = 'open' | 'replayed' | 'discarded' | 'covered';

/** A reading that does not stand exactly once where it should. */
export type ReadingFault = {
  readonly kind: 'missing' | 'doubled';
  readonly ordinal: number;
  readonly table: number;
  readonly index: number;
  readonly rows: number;
  readonly quarantined: number;
};

/**
 * What the retained records of one shard ask of the lake: a slot for every reading in every table that takes it, and what
 * was found there. Some 30 bytes a record, so that millions fit into memory.
 */
export type ShardReadings = {
  readonly shard: string;
  readonly records: number;
  readonly readings: number;
  /** Adds the next record. `key` stands for its topic and payload. `expect` follows, for each table that takes it. */
  addRecord(position: string, key: bigint): void;
  /** A message without readings is expected as a whole: 1. */
  expect(table: number, readings: number): void;
  positionOf(ordinal: number): string;
  /**
   * The record's ordinal; 'before' the retained records, 'after' those that were there when the shard was read, or 'missing'
   * among them.
   */
  locate(position: string): number | 'before' | 'after' | 'missing';
  keyOf(ordinal: number): bigint;
  keys(): BigUint64Array;
  /** False where the record has no such reading in this table. */
  markRow(ordinal: number, table: number, index: number): boolean;
  /** `index` of -1: every reading of the message. */
  markQuarantined(ordinal: number, table: number, index: number, state: QuarantineState): void;
  markCovered(ordinal: number): void;
  faults(): Iterable<ReadingFault>;
};

export function createShardReadings(shard: string, kind: StreamKind): ShardReadings {
  const positions = createPositionList(kind);
  const keys = createGrowable('u64');
  /** record -> its first entry; an entry is a record in a table */
  const entryOfRecord = createGrowable('u32');
  const entryTable = createGrowable('u16');
  /** entry -> its first slot; a slot is a reading in a table */
  const slotOfEntry = createGrowable('u32');
  const slots = createGrowable('u8');

  const endOfRecord = (ordinal: number) =>
    ordinal + 1 < entryOfRecord.length ? entryOfRecord.at(ordinal + 1) : entryTable.length;
  const endOfEntry = (entry: number) =>
    entry + 1 < slotOfEntry.length ? slotOfEntry.at(entry + 1) : slots.length;

  function entryOf(ordinal: number, table: number): number {
    for (let entry = entryOfRecord.at(ordinal); entry < endOfRecord(ordinal); entry++) {
      if (entryTable.at(entry) === table) return entry;
    }
    return -1;
  }

  function markSlots(entry: number, index: number, mark: (found: number) => number): boolean {
    if (entry < 0) return false;
    const found = slots.values();
    const first = slotOfEntry.at(entry);
    const end = endOfEntry(entry);
    if (index >= end - first) return false;
    const [from, to] = index < 0 ? [first, end] : [first + index, first + index + 1];
    for (let slot = from; slot < to; slot++) found[slot] = mark(found[slot]!);
    return true;
  }

  return {
    shard,
    get records() {
      return positions.length;
    },
    get readings() {
      return slots.length;
    },
    addRecord(position, key) {
      positions.push(position);
      keys.push(key);
      entryOfRecord.push(entryTable.length);
    },
    expect(table, readings) {
      entryTable.push(table);
      slotOfEntry.push(slots.length);
      for (let i = 0; i < Math.max(1, readings); i++) slots.push(0);
    },
    positionOf: (ordinal) => positions.at(ordinal),
    locate(position) {
      const { length } = positions;
      if (length === 0 || positions.compare(position, 0) < 0) return 'before';
      if (positions.compare(position, length - 1) > 0) return 'after';
      const ordinal = findPosition(positions, position);
      return ordinal < 0 ? 'missing' : ordinal;
    },
    keyOf: (ordinal) => keys.at(ordinal),
    keys: () => keys.values(),
    markRow(ordinal, table, index) {
      return markSlots(entryOf(ordinal, table), index, (found) => (rowsIn(found) < 3 ? found + ROW : found));
    },
    markQuarantined(ordinal, table, index, state) {
      markSlots(entryOf(ordinal, table), index, (found) => {
        if (state !== 'open') return found | FLAGS[state];
        return quarantinedIn(found) < 3 ? found + QUARANTINED : found;
      });
    },
    markCovered(ordinal) {
      for (let entry = entryOfRecord.at(ordinal); entry < endOfRecord(ordinal); entry++) {
        markSlots(entry, -1, (found) => found | COVERED);
      }
    },
    *faults() {
      const found = slots.values();
      for (let ordinal = 0; ordinal < positions.length; ordinal++) {
        for (let entry = entryOfRecord.at(ordinal); entry < endOfRecord(ordinal); entry++) {
          for (let slot = slotOfEntry.at(entry), first = slot; slot < endOfEntry(entry); slot++) {
            const verdict = judge(found[slot]!);
            if (verdict === 'right') continue;
            const rows = rowsIn(found[slot]!);
            const quarantined = quarantinedIn(found[slot]!);
            yield {
              kind: verdict,
              ordinal,
              table: entryTable.at(entry),
              index: slot - first,
              rows,
              quarantined,
            };
          }
        }
      }
    },
  };
}

function rowsIn(found: number): number {
  return found & 0x03;
}

function quarantinedIn(found: number): number {
  return (found >> 2) & 0x03;
}

const FLAGS = { replayed: REPLAYED, discarded: DISCARDED, covered: COVERED } as const;

function judge(found: number): 'right' | 'missing' | 'doubled' {
  const times = rowsIn(found) + quarantinedIn(found);
  const isUnwanted = (found & (DISCARDED | REPLAYED)) === DISCARDED && rowsIn(found) > 0;
  if (times > 1 || isUnwanted) return 'doubled';
  return times === 1 || (found & (DISCARDED | COVERED)) !== 0 ? 'right' : 'missing';
}
