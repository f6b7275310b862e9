import { createGrowable, type Growable } from './growable.ts';

/**
 * Rows whose record is not retained (backfilled files, earlier streams, what was trimmed): they cannot be held against it,
 * but they must not stand twice.
 */
export type ForeignRows = {
  add(stream: string, shard: string, position: string, index: number): void;
  /** the origins that stand more than once, and how often beyond once */
  doubles(): Iterable<{
    readonly stream: string;
    readonly shard: string;
    readonly position: string;
    readonly index: number;
    readonly surplus: number;
  }>;
};

type Group = {
  readonly stream: string;
  readonly shard: string;
  readonly index: number;
  readonly positions: Growable<'f64'>;
  /** positions that a double does not hold exactly */
  readonly long: string[];
};

export function createForeignRows(): ForeignRows {
  const groups = new Map<string, Group>();
  return {
    add(stream, shard, position, index) {
      const name = `${stream} ${shard} ${index}`;
      let group = groups.get(name);
      if (group === undefined) {
        group = { stream, shard, index, positions: createGrowable('f64'), long: [] };
        groups.set(name, group);
      }
      const number = Number(position);
      if (Number.isSafeInteger(number)) group.positions.push(number);
      else group.long.push(position);
    },
    *doubles() {
      for (const { stream, shard, index, positions, long } of groups.values()) {
        for (const [position, surplus] of countSurplus(positions.values().sort())) {
          yield { stream, shard, position: String(position), index, surplus };
        }
        for (const [position, surplus] of countSurplus(long.sort()))
          yield { stream, shard, position, index, surplus };
      }
    },
  };
}

function* countSurplus<T>(sorted: ArrayLike<T>): Iterable<[T, number]> {
  for (let i = 0; i < sorted.length;) {
    let end = i + 1;
    while (end < sorted.length && sorted[end] === sorted[i]) end++;
    if (end - i > 1) yield [sorted[i]!, end - i - 1];
    i = end;
  }
}
