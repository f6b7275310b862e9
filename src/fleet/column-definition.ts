import type { DecimalType, PrimitiveType } from '../columns/types.ts';
import type { TimeFormat } from './model.ts';
import type { SourceDefinition } from './source-definition.ts';

/** What every column may say. */
export type ColumnOptions = {
  /** where the value comes from; by default the reading's field of the column's own name */
  readonly from?: SourceDefinition;
  /** absent and null are allowed; otherwise such a reading goes to the quarantine */
  readonly optional?: boolean;
  readonly description?: string;
};

export type ScalarOptions = ColumnOptions & {
  /** takes text that holds the value, `"21.5"` or `"true"`, for the value (`text`: scalars for their text; all: blanks around) */
  readonly coerce?: boolean;
};

export type NumberOptions = ScalarOptions & {
  readonly unit?: string;
  /** inclusive */
  readonly min?: number;
  /** inclusive */
  readonly max?: number;
};

export type TimestampOptions = ScalarOptions & {
  /** how it is written: ISO text by default, or a number of seconds or milliseconds since the epoch */
  readonly format?: TimeFormat;
  /** IANA name of the zone of times without an offset: without it they are refused; `fields()` are in the fleet's own zone */
  readonly zone?: string;
};

/** A column as a definition writes it; its name is its key in `columns`. */
export type ColumnDefinition<Type extends PrimitiveType = PrimitiveType> = {
  readonly kind: 'column';
  readonly type: Type;
  /** any JSON value as its text */
  readonly json: boolean;
  readonly options: NumberOptions & TimestampOptions;
};

/** A string. */
export const text = (options?: ScalarOptions) => column('string', options);
/** A 64-bit float. */
export const double = (options?: NumberOptions) => column('double', options);
/** A 32-bit float. */
export const float = (options?: NumberOptions) => column('float', options);
/** A 64-bit whole number, exact beyond 2^53 too. */
export const long = (options?: NumberOptions) => column('long', options);
/** A 32-bit whole number. */
export const integer = (options?: NumberOptions) => column('integer', options);
/** A 16-bit whole number. */
export const short = (options?: NumberOptions) => column('short', options);
/** An 8-bit whole number, -128 to 127. */
export const byte = (options?: NumberOptions) => column('byte', options);
export const boolean = (options?: ScalarOptions) => column('boolean', options);
/** A calendar day, `YYYY-MM-DD`. */
export const date = (options?: ScalarOptions) => column('date', options);
/** A point in time; finer fractions than milliseconds are cut. */
export const timestamp = (options?: TimestampOptions) => column('timestamp', options);
/** Bytes, sent as base64 text. */
export const binary = (options?: ScalarOptions) => column('binary', options);
/** Any JSON value, kept as JSON text. */
export const json = (options?: ColumnOptions) => column('string', options, true);
/** An exact decimal number of `precision` digits (38 at most), `scale` of them behind the point. */
export const decimal = (precision: number, scale: number, options?: NumberOptions) =>
  column<DecimalType>(`decimal(${precision},${scale})`, options);

function column<Type extends PrimitiveType>(
  type: Type,
  options: ColumnDefinition['options'] = {},
  isJson = false,
): ColumnDefinition<Type> {
  return { kind: 'column', type, json: isJson, options };
}
