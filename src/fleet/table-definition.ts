import type { ColumnDefinition } from './column-definition.ts';
import type { Partition } from './model.ts';

export type Columns = Readonly<Record<string, ColumnDefinition>>;
type Name<C> = keyof C & string;

/** Whose messages: a topic level that is the thing's name, or levels made of the thing's attributes. */
export type DeviceDefinition =
  | { readonly kind: 'topicLevel'; readonly name: string }
  | { readonly [level: string]: { readonly kind: 'thingAttribute'; readonly name: string } };

export type TableOptions<C extends Columns> = {
  /** `weather/{station}/observation`: named levels in braces */
  readonly topic: string;
  readonly device: DeviceDefinition;
  readonly columns: C;
  /** the timestamp column that says when it happened; arrival time where devices say none */
  readonly eventTime?: NoInfer<Name<C>>;
  /** which columns say that two rows are the same reading, event time among them; none by default */
  readonly identity?: readonly NoInfer<Name<C>>[];
  /** `'day'` by default; `'month'` or `'none'` where days would be crumbs */
  readonly partition?: Partition;
  /** what files are sorted by: event time, then identity, by default */
  readonly sortBy?: readonly NoInfer<Name<C>>[];
  /** keep each message's bytes, so that the table can be rebuilt after a better definition */
  readonly keepPayload?: boolean;
  /** the path of the array whose elements are the readings; otherwise a message is one, an array or several values one each */
  readonly readings?: string;
  /** text that means null, `['NA']` */
  readonly nullText?: readonly string[];
  /** topic level -> field of a file's row, for replay and backfill */
  readonly rowLevels?: Readonly<Record<string, string>>;
  /** how far an event time may lie ahead of its arrival: `'1 hour'` by default */
  readonly maxAhead?: string;
  /** how far behind: any distance by default */
  readonly maxAge?: string;
};

/** `columns` carries the column names for the compiler; the rest needs no more than that there are some. */
export type TableDefinition<C extends Columns = Columns> = {
  readonly kind: 'table';
  readonly columns: C;
  readonly options: TableOptions<Columns>;
};

/** Typed rows from one topic filter. Column names are checked by the compiler. */
export function table<const C extends Columns>(options: TableOptions<C>): TableDefinition<C> {
  return { kind: 'table', columns: options.columns, options: options as unknown as TableOptions<Columns> };
}
