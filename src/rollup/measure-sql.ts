import { ORIGIN, ORIGIN_KEY } from '../columns/reserved.ts';
import { parseDecimalType, type DataType } from '../columns/types.ts';
import type { Measure } from '../fleet/model.ts';
import { quoteName } from '../sql/quote.ts';

const PERCENTILES = { p50: 0.5, p90: 0.9, p99: 0.99 } as const;

/** A measure in two steps: what the group collects under a name of its own, and the measure made of it. */
export type MeasureSql = { readonly collect: string; readonly finish: (collected: string) => string };

/**
 * Sums of doubles depend on the order of their terms; so do mean and deviation. They are made over the sorted values, with
 * compensation, so that an incremental run and a full recompute agree to the last bit (design 5.6). Sorting the values of a
 * group as one list is cheap where an aggregate with ORDER BY took kilobytes a group.
 *
 * A deviation, or a sum of decimals, that its type cannot hold is null: it would fail the run for all groups, for good.
 *
 * @param type the column's type in the source
 */
export function measureSql(measure: Measure, type: DataType, eventTime: string): MeasureSql {
  if (measure.kind === 'count') return plain('count(*)');
  const column = quoteName(measure.column);
  const order = `row(${[eventTime, ORIGIN.arrivedAt, ...ORIGIN_KEY].map(quoteName).join(', ')})`;
  switch (measure.kind) {
    case 'sum':
      return isFloating(type)
        ? overSorted(column, 'fsum')
        : parseDecimalType(type)
          ? overList(column, 'sum')
          : plain(`sum(${column})`);
    case 'avg':
      return isFloating(type) ? overSorted(column, 'favg') : plain(`avg(${column})`);
    case 'stddev':
      return overSorted(column, 'stddev_samp');
    case 'min':
    case 'max':
      return plain(`${measure.kind}(${column})`);
    // both leave out rows whose value is null
    case 'first':
      return plain(`arg_min(${column}, ${order})`);
    case 'last':
      return plain(`arg_max(${column}, ${order})`);
    case 'p50':
    case 'p90':
    case 'p99':
      return plain(`quantile_disc(${column}, ${PERCENTILES[measure.kind]})`);
  }
}

function isFloating(type: DataType): boolean {
  return type === 'double' || type === 'float';
}

function plain(aggregate: string): MeasureSql {
  return { collect: aggregate, finish: (collected) => collected };
}

function overSorted(column: string, aggregate: string): MeasureSql {
  return {
    collect: `list_sort(list(CAST(${column} AS DOUBLE)) FILTER (${column} IS NOT NULL))`,
    finish: (collected) => `TRY(list_aggregate(${collected}, '${aggregate}'))`,
  };
}

function overList(column: string, aggregate: string): MeasureSql {
  return {
    collect: `list(${column}) FILTER (${column} IS NOT NULL)`,
    finish: (collected) => `TRY(list_aggregate(${collected}, '${aggregate}'))`,
  };
}
