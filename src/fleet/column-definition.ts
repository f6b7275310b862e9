import type { PrimitiveType } from '../columns/types.ts';
import type { TimeFormat } from './model.ts';
import type { SourceDefinition } from './source-definition.ts';

/** What every column may say. */
export type CommonOptions = {
  /** where the value comes from; the field of the column's own name by default */
  readonly from?: SourceDefinition;
  /** absent and null are allowed; otherwise such a reading goes to the quarantine */
  readonly optional?: boolean;
  readonly description?: string;
};

export type CoercibleOptions = CommonOptions & {
  /** takes text that holds the value, `"21.5"` or `"true"`, for the value */
  readonly coerce?: boolean;
};

export type NumberOptions = CoercibleOptions & {
  readonly unit?: string;
  /** inclusive */
  readonly min?: number;
  /** inclusive */
  readonly max?: number;
};

export type TimestampOptions = CommonOptions & {
  /** ISO text by default; numbers (and numeric text) in seconds or milliseconds since the epoch otherwise */
  readonly format?: TimeFormat;
  /** IANA name of the zone of times without an offset */
  readonly zone?: string;
};

/** A column as a definition writes it; its name is its key in `columns`. */
export type ColumnDefinition = {
  readonly kind: 'column';
  readonly type: PrimitiveType;
  readonly json: boolean;
  readonly options: NumberOptions & TimestampOptions;
};

function column(
  type: PrimitiveType,
  options: ColumnDefinition['options'] = {},
  json = false,
): ColumnDefinition {
  return { kind: 'column', type, json, options };
}

/** A string. With `coerce`, numbers and booleans are taken as their JSON text. */
export const text = (options?: CoercibleOptions): ColumnDefinition => column('string', options);
/** Any JSON value, kept as JSON text. */
export const json = (options?: CommonOptions): ColumnDefinition => column('string', options, true);
/** A 64-bit float. */
export const double = (options?: NumberOptions): ColumnDefinition => column('double', options);
/** A 32-bit float. */
export const float = (options?: NumberOptions): ColumnDefinition => column('float', options);
/** A 64-bit whole number, exact beyond 2^53. */
export const long = (options?: NumberOptions): ColumnDefinition => column('long', options);
/** A 32-bit whole number. */
export const integer = (options?: NumberOptions): ColumnDefinition => column('integer', options);
/** A 16-bit whole number. */
export const short = (options?: NumberOptions): ColumnDefinition => column('short', options);
/** An 8-bit whole number, -128 to 127. */
export const byte = (options?: NumberOptions): ColumnDefinition => column('byte', options);
export const boolean = (options?: CoercibleOptions): ColumnDefinition => column('boolean', options);
/** A calendar day, `YYYY-MM-DD`. */
export const date = (options?: CommonOptions): ColumnDefinition => column('date', options);
/** A point in time, kept in milliseconds (finer fractions are cut). */
export const timestamp = (options?: TimestampOptions): ColumnDefinition => column('timestamp', options);
/** An exact decimal number with so many digits, `scale` of them behind the point. */
export const decimal = (precision: number, scale: number, options?: NumberOptions): ColumnDefinition =>
  column(`decimal(${precision},${scale})`, options);
/** Bytes, sent as base64 text. */
export const binary = (options?: CommonOptions): ColumnDefinition => column('binary', options);
