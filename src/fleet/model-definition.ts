import type { ColumnDefinitions } from './table-definition.ts';

/** How the rows of a source that came or went tell which windows of a model change. Durations as elsewhere: `'7 days'`. */
export type ChangeDefinition =
  | { readonly kind: 'eventTime'; readonly column?: string }
  | { readonly kind: 'overlap'; readonly from: string; readonly to: string; readonly margin?: string }
  | {
      readonly kind: 'neighbours';
      readonly key: readonly string[];
      readonly carry?: string;
      readonly column?: string;
    };

/**
 * A row changes the window that its time lies in, and no window reads rows of another.
 *
 * @param column a timestamp; unless said, a table's event time, a rollup's or model's `window_start`
 */
export function byEventTime(column?: string): ChangeDefinition {
  return { kind: 'eventTime', ...(column === undefined ? {} : { column }) };
}

/**
 * A row is true from `from` until before `to`, and changes the windows that this stretch meets. A row whose `to` is null goes on.
 *
 * `margin`: how far beyond its ends a window looks as well; `'0 seconds'` unless said.
 */
export function byOverlap(options: {
  readonly from: string;
  readonly to: string;
  readonly margin?: string;
}): ChangeDefinition {
  return { kind: 'overlap', ...options };
}

/**
 * A row holds until the next one of its key, for `carry` at most (`'7 days'` unless said): it changes its own window, and those
 * of the rows before and after it, as far as they are within `carry`. A window reads the rows within `carry` of it.
 */
export function byNeighbours(options: {
  readonly key: readonly string[];
  readonly carry?: string;
  readonly column?: string;
}): ChangeDefinition {
  return { kind: 'neighbours', ...options };
}

/** Windows between times of the day in the fleet's zone: `shifts({ early: '06:00', late: '14:00', night: '22:00' })`. */
export type ShiftsDefinition = {
  readonly kind: 'shifts';
  readonly starts: Readonly<Record<string, string>>;
};

export function shifts(starts: Readonly<Record<string, string>>): ShiftsDefinition {
  return { kind: 'shifts', starts };
}

export type LookupRow = Readonly<Record<string, string | number | boolean | null>>;

export type ModelOptions<Columns extends ColumnDefinitions> = {
  /** what the SQL gives: names in any order, types that its values are cast to. With `every`, `window_start` is among them */
  readonly columns: Columns;
  /**
   * Windows that each row belongs to by its `window_start`: the SQL reads them from the relation `windows` (`window_start`,
   * `window_end`, `shift`, `as_of`), which holds those that are to be made. Without, the model is rebuilt whole.
   */
  readonly every?: string | ShiftsDefinition;
  /** by the source's name in the SQL. A source that is not named here has the model rebuilt whole when it changes */
  readonly changes?: Readonly<Record<string, ChangeDefinition>>;
  /** small relations that the SQL may read beside the lake's, by name: what the fleet configures */
  readonly lookups?: Readonly<Record<string, readonly LookupRow[]>>;
  /** by `window_start` in UTC; by month unless said otherwise. Models without windows have none */
  readonly partition?: 'day' | 'month' | 'none';
};

/** A model as a definition writes it; its name is its key in `models`. */
export type ModelDefinition<Columns extends ColumnDefinitions = ColumnDefinitions> = {
  readonly kind: 'model';
  readonly sql: string;
  readonly columns: Columns;
  readonly options: Readonly<Record<string, unknown>>;
};

/**
 * A table that one SELECT in Athena's dialect defines, made anew as its sources change.
 *
 * @param sql its text: `import sql from './oee.sql' with { type: 'text' }`
 */
export function defineModel<const Columns extends ColumnDefinitions>(
  sql: string,
  options: ModelOptions<Columns>,
): ModelDefinition<Columns> {
  return { kind: 'model', sql, columns: options.columns, options };
}
