import type { Measure, Partition } from './model.ts';

type ColumnMeasureKind = Exclude<Measure['kind'], 'count'>;

/** How many readings. */
export const count = () => ({ kind: 'count' }) as const;
export const sum = measureOf('sum');
export const avg = measureOf('avg');
export const min = measureOf('min');
export const max = measureOf('max');
/** The value of the earliest reading that has one, by event time (equal times: the earlier arrival). */
export const first = measureOf('first');
/** The value of the latest reading that has one, by event time (equal times: the later arrival). */
export const last = measureOf('last');
/** The standard deviation of the sample: null for a single reading. */
export const stddev = measureOf('stddev');
/** Percentiles are nearest-rank: always a value that was measured. */
export const p50 = measureOf('p50');
export const p90 = measureOf('p90');
export const p99 = measureOf('p99');

function measureOf<Kind extends ColumnMeasureKind>(kind: Kind) {
  return <const Name extends string>(column: Name) => ({ kind, column }) as const;
}

export type Measures = Readonly<Record<string, Measure>>;

export type RollupOptions<By extends string, Over extends Measures> = {
  /** tumbling, in the fleet's time zone: `'1 minute'`, `'15 minutes'`, `'1 hour'`, `'1 day'`, `'1 week'`, `'1 month'` */
  readonly every: string;
  /** a row for each group in a window; without, one row a window */
  readonly by?: readonly By[];
  readonly measures: Over;
  /** how long after its end a window is waited for before it is called final; none unless said. Later rows repair it all the same */
  readonly lateness?: string;
  /** by window start in UTC; by day for windows shorter than an hour, else by month */
  readonly partition?: Partition;
};

/** A rollup as a definition writes it; its name is its key in `rollups`. */
export type RollupDefinition<
  Source extends string = string,
  By extends string = string,
  Over extends Measures = Measures,
> = {
  readonly kind: 'rollup';
  /** a table of the same fleet */
  readonly source: Source;
  readonly options: RollupOptions<By, Over>;
};

/** An aggregate table over tumbling windows of a table's event time. */
export function rollup<
  const Source extends string,
  const Over extends Measures,
  const By extends string = never,
>(source: Source, options: RollupOptions<By, Over>): RollupDefinition<Source, By, Over> {
  return { kind: 'rollup', source, options };
}
