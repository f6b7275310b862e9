import type { DecimalType } from '../columns/types.ts';
import type { ORIGIN } from '../columns/reserved.ts';
import type { ColumnDefinition } from './column-definition.ts';
import type { Partition } from './model.ts';
import type { ThingAttribute, TopicLevel } from './source-definition.ts';

export type ColumnDefinitions = Readonly<Record<string, ColumnDefinition>>;

/** The names of a template's levels: `'station'` of `weather/{station}/observation`. */
export type LevelName<Topic extends string> = string extends Topic
  ? string
  : Topic extends `${string}{${infer Name}}${infer Rest}`
    ? Name | LevelName<Rest>
    : never;

export type ColumnName<Columns> = keyof Columns & string;

/** The names of the columns whose type is one of these. */
export type ColumnOfType<Columns, Type> = {
  [Name in ColumnName<Columns>]: Columns[Name] extends ColumnDefinition<infer Is>
    ? Is extends Type
      ? Name
      : never
    : never;
}[ColumnName<Columns>];

export type NumericType = 'double' | 'float' | 'long' | 'integer' | 'short' | 'byte' | DecimalType;

export type TableOptions<Columns extends ColumnDefinitions, Topic extends string> = {
  /** levels in braces have names: `weather/{station}/observation` */
  readonly topic: Topic;
  /** whose messages these are: a level that is the thing's name, or levels that are attributes of the thing */
  readonly device:
    | TopicLevel<LevelName<NoInfer<Topic>>>
    | { readonly [Level in LevelName<NoInfer<Topic>>]?: ThingAttribute };
  readonly columns: Columns;
  /** a timestamp column that is not optional; without one, arrival is the event time */
  readonly eventTime?: ColumnOfType<NoInfer<Columns>, 'timestamp'>;
  /** the columns that say that two rows are the same reading, event time among them; none: every reading is its own */
  readonly identity?: readonly ColumnName<NoInfer<Columns>>[];
  /** by event time in UTC; by day unless said otherwise */
  readonly partition?: Partition;
  /** what files are sorted by; event time, then identity, unless said otherwise */
  readonly sortBy?: readonly (ColumnName<NoInfer<Columns>> | typeof ORIGIN.arrivedAt | typeof ORIGIN.topic)[];
  /** keeps each message's bytes, so that `npm run redecode` can rebuild the table after a better definition */
  readonly keepPayload?: boolean;
  /** devices publish with the RETAIN flag: the broker hands the last message of a topic to whoever subscribes later */
  readonly retained?: boolean;
  /** path of the array whose elements are the readings; otherwise a message, or each element of a top-level array, is one */
  readonly readings?: string;
  /** text that means null, such as `'NA'` or `''` */
  readonly nullText?: readonly string[];
  /** an event time further ahead of arrival goes to the quarantine; `'1 hour'` unless said otherwise */
  readonly maxAhead?: string;
  /** an event time further behind arrival goes to the quarantine; unless said, late data is welcome however late */
  readonly maxAge?: string;
  /** where replay and backfill find a topic level in a file's row, when not under the level's own name: `{ station: 'Location' }` */
  readonly rowLevels?: { readonly [Level in LevelName<NoInfer<Topic>>]?: string };
};

/** A table as a definition writes it; its name is its key in `tables`. `Columns` is what the compiler checks names against. */
export type TableDefinition<Columns extends ColumnDefinitions = ColumnDefinitions> = {
  readonly kind: 'table';
  readonly columns: Columns;
  readonly options: Readonly<Record<string, unknown>>;
};

/** Typed rows from the messages of one topic filter. */
export function table<const Columns extends ColumnDefinitions, const Topic extends string>(
  options: TableOptions<Columns, Topic>,
): TableDefinition<Columns> {
  return { kind: 'table', columns: options.columns, options };
}
