/** When a row passed each place, milliseconds since the epoch; undefined where it never did. */
export type RowTimes = {
  readonly sentAt: number;
  readonly acknowledgedAt: number | undefined;
  readonly arrivedAt: number | undefined;
  readonly committedAt: number | undefined;
  readonly visibleAt: number | undefined;
};

/** How long one part of the way took, in milliseconds; rows that did not go it are left out. */
export type Hop = {
  readonly name: string;
  readonly rows: number;
  readonly least: number;
  readonly median: number;
  readonly most: number;
};

const HOPS: readonly (readonly [name: string, from: keyof RowTimes, to: keyof RowTimes])[] = [
  ['published → acknowledged', 'sentAt', 'acknowledgedAt'],
  ['published → in the stream', 'sentAt', 'arrivedAt'],
  ['in the stream → committed', 'arrivedAt', 'committedAt'],
  ['committed → visible to SQL', 'committedAt', 'visibleAt'],
  ['published → visible to SQL', 'sentAt', 'visibleAt'],
];

export function measureHops(rows: readonly RowTimes[]): Hop[] {
  return HOPS.flatMap(([name, from, to]) => {
    const taken = rows
      .flatMap((row) => {
        const [begin, end] = [row[from], row[to]];
        return begin === undefined || end === undefined ? [] : [end - begin];
      })
      .sort((a, b) => a - b);
    if (taken.length === 0) return [];
    const median = taken[Math.floor((taken.length - 1) / 2)]!;
    return [{ name, rows: taken.length, least: taken[0]!, median, most: taken.at(-1)! }];
  });
}
