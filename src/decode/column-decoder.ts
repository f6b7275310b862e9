import { parseDecimalType } from '../columns/types.ts';
import { TributaryError } from '../errors.ts';
import type { Column, ColumnSource } from '../fleet/model.ts';
import type { Problem } from './failure.ts';
import { compilePath, formatPath } from './paths.ts';
import type { ReadingContext } from './reading.ts';
import { compileTimeFields } from './time-fields.ts';
import { writeDecimal, writeDouble, writeFloat, writeInt32, writeLong } from './write-number.ts';
import { writeBinary, writeBoolean, writeJson, writeText } from './write-text.ts';
import { writeDate, writeLocalTimestamp, writeMillis, writeTimestamp } from './write-time.ts';
import type { ReadValue, WriteValue } from './writer.ts';

/** One column of a definition as two functions: where its value is, and how it gets into its slot. */
export type ColumnDecoder = {
  readonly name: string;
  readonly optional: boolean;
  /** where it was looked for: what a reading that lacks it is told */
  readonly place: string;
  readonly read: ReadValue;
  readonly write: WriteValue;
};

export function compileColumn(column: Column, nullText: readonly string[]): ColumnDecoder {
  const { name, optional } = column;
  const place = describePlace(column.source);
  if (column.source.kind === 'timeFields') {
    if (column.type !== 'timestamp')
      throw new TributaryError(`column ${name}: fields of a time make a timestamp, not a ${column.type}`);
    const nulls = new Set<unknown>([undefined, null, ...nullText]);
    const read = compileTimeFields(column.source.fields, column.time?.zone, (value) => nulls.has(value));
    return { name, optional, place, read, write: writeTimeFields as WriteValue };
  }
  const read = compileSource(column.source, nullText);
  // the kind of the slots follows from the type, as the writer does
  return { name, optional, place, read, write: compileWriter(column, read) as WriteValue };
}

const writeTimeFields: WriteValue<'int64'> = (value, column, row, context) =>
  typeof value === 'number' ? writeMillis(value, column, row, context) : (value as Problem);

function compileSource(source: ColumnSource, nullText: readonly string[]): ReadValue {
  switch (source.kind) {
    case 'reading':
      return firstPresent(
        source.paths.map((path) => {
          const read = compilePath(path);
          return withNullText((context) => read(context.reading), nullText);
        }),
      );
    case 'message':
      return firstPresent(
        source.paths.map((path) => {
          const read = compilePath(path);
          return withNullText((context) => read(context.root), nullText);
        }),
      );
    case 'topicLevel': {
      const { name } = source;
      return withNullText((context) => context.levels[name], nullText);
    }
    case 'arrival':
      return (context) => context.arrivedAt;
    case 'timeFields':
      throw new TributaryError('a time spread over fields is no single value');
  }
}

function describePlace(source: ColumnSource): string {
  switch (source.kind) {
    case 'reading':
      return source.paths.map(formatPath).join(' or ');
    case 'message':
      return `${source.paths.map(formatPath).join(' or ')} of the message`;
    case 'topicLevel':
      return `topic level ${source.name}`;
    case 'arrival':
      return 'the arrival time';
    case 'timeFields':
      return Object.values(source.fields)
        .map((paths) => paths.map(formatPath).join(' or '))
        .join(', ');
  }
}

function firstPresent(reads: readonly ReadValue[]): ReadValue {
  const [first, second] = reads;
  if (first === undefined) throw new TributaryError('a column needs a path to read');
  if (second === undefined) return first;
  return (context: ReadingContext) => {
    for (const read of reads) {
      const value = read(context);
      if (value !== undefined && value !== null) return value;
    }
    return undefined;
  };
}

function withNullText(read: ReadValue, nullText: readonly string[]): ReadValue {
  if (nullText.length === 0) return read;
  const nulls = new Set<unknown>(nullText);
  return (context) => {
    const value = read(context);
    return typeof value === 'string' && nulls.has(value) ? undefined : value;
  };
}

function compileWriter(column: Column, read: ReadValue) {
  // a topic level has no other form than text
  const coerce = column.coerce || column.source.kind === 'topicLevel';
  const rules = { coerce, min: column.min, max: column.max };
  switch (column.type) {
    case 'string':
      return column.json ? writeJson(read) : writeText(coerce, read);
    case 'double':
      return writeDouble(rules);
    case 'float':
      return writeFloat(rules);
    case 'integer':
    case 'short':
    case 'byte':
      return writeInt32(column.type, rules);
    case 'long':
      return writeLong(rules, read);
    case 'boolean':
      return writeBoolean(coerce);
    case 'binary':
      return writeBinary(coerce);
    case 'date':
      return writeDate(coerce);
    case 'timestamp':
      if (column.source.kind === 'arrival') return writeMillis;
      return writeTimestamp(column.time ?? { format: 'iso', zone: undefined }, coerce);
    case 'timestamp_ntz':
      return writeLocalTimestamp(coerce);
    default: {
      const decimal = parseDecimalType(column.type);
      if (decimal === undefined)
        throw new TributaryError(`column ${column.name}: no decoder for the type ${column.type}`);
      return writeDecimal(decimal, rules, read);
    }
  }
}
