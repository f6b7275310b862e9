import { comparePositions } from '../../src/streams/position.ts';
import type { StreamKind } from '../../src/streams/stream.ts';
import { createGrowable } from './growable.ts';

/** The positions of a shard's records, in order. */
export type PositionList = {
  readonly length: number;
  push(position: string): void;
  at(ordinal: number): string;
  /** Negative where `position` lies before the record's, 0 where it is the record's. */
  compare(position: string, ordinal: number): number;
};

export function createPositionList(kind: StreamKind): PositionList {
  // a Kinesis sequence number has 56 digits; the others fit a double exactly, in an eighth of the memory
  return kind === 'kinesis' ? createTextList() : createNumberList();
}

/** The ordinal of a position; -1 where no record has it. */
export function findPosition(list: PositionList, position: string): number {
  let low = 0;
  let high = list.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const order = list.compare(position, middle);
    if (order === 0) return middle;
    if (order > 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function createNumberList(): PositionList {
  const positions = createGrowable('f64');
  let wanted = { text: '', value: 0 };
  return {
    get length() {
      return positions.length;
    },
    push: (position) => positions.push(Number(position)),
    at: (ordinal) => String(positions.at(ordinal)),
    compare(position, ordinal) {
      // one search asks some twenty times
      if (position !== wanted.text) wanted = { text: position, value: Number(position) };
      return wanted.value - positions.at(ordinal);
    },
  };
}

function createTextList(): PositionList {
  const positions: string[] = [];
  return {
    get length() {
      return positions.length;
    },
    push: (position) => void positions.push(position),
    at: (ordinal) => positions[ordinal]!,
    compare: (position, ordinal) => comparePositions(position, positions[ordinal]!),
  };
}
