import type { Measure, Partition } from './model.ts';

/** A measure and the column that it is taken of. */
export type MeasureDefinition<C extends string = string> = Measure & { readonly column?: C };

const measureOf =
  <K extends Exclude<Measure['kind'], 'count'>>(kind: K) =>
  <const C extends string>(column: C) => ({ kind, column });

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
/** The standard deviation of the sample; null for a single reading. */
export const stddev = measureOf('stddev');
/** Percentiles are nearest-rank: a value that was measured. */
export const p50 = measureOf('p50');
export const p90 = measureOf('p90');
export const p99 = measureOf('p99');

type ColumnsOf<M> = {
  [K in keyof M]: M[K] extends { readonly column: infer C extends string } ? C : never;
}[keyof M];

export type RollupOptions<B extends string, M extends Readonly<Record<string, Measure>>> = {
  /** `'1 minute'`, `'15 minutes'`, `'1 day'`, `'1 month'`: tumbling, in the fleet's time zone */
  readonly every: string;
  readonly by?: readonly B[];
  readonly measures: M;
  /** how long after its end a window is waited for before it is called final; late rows repair it all the same. None by default */
  readonly lateness?: string;
  /** by day below an hour, by month from an hour on */
  readonly partition?: Partition;
};

/** `Source` is the table's name, `Used` every column named, `Shown` every column that the rollup gives beside its window. */
export type RollupDefinition<
  Source extends string = string,
  Used extends string = string,
  Shown extends string = string,
> = {
  readonly kind: 'rollup';
  readonly source: Source;
  readonly used: readonly Used[];
  readonly shown: readonly Shown[];
  readonly options: RollupOptions<string, Readonly<Record<string, Measure>>>;
};

/** An aggregate table over tumbling windows of a table's event time. */
export function rollup<
  const Source extends string,
  const B extends string,
  const M extends Readonly<Record<string, Measure>>,
>(
  source: Source,
  options: RollupOptions<B, M>,
): RollupDefinition<Source, B | ColumnsOf<M>, B | (keyof M & string)> {
  const { by = [], measures } = options;
  const used = Object.values(measures).flatMap((measure) => ('column' in measure ? [measure.column] : []));
  return {
    kind: 'rollup',
    source,
    used: [...by, ...used] as (B | ColumnsOf<M>)[],
    shown: [...by, ...(Object.keys(measures) as (keyof M & string)[])],
    options: options as RollupOptions<string, Readonly<Record<string, Measure>>>,
  };
}
