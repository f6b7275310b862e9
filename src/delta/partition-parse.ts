import { daysOfDate } from '../columns/calendar.ts';
import type { Column } from '../columns/column.ts';
import { type DataType, parseDecimalType, type StructField } from '../columns/types.ts';
import { columnKind } from '../parquet/column-values.ts';
import type { AddFile } from './actions.ts';
import { CorruptLogError } from './errors.ts';

const MICROS_PER_DAY = 86_400_000_000n;

/**
 * A file's value of a partition column as a column of `length` rows.
 * @param name of the value in `partitionValues`
 * @throws CorruptLogError where the log holds a text that is no value of the type
 */
export function partitionColumn(add: AddFile, name: string, { type }: StructField, length: number): Column {
  const value = parsePartitionValue(add, name, type);
  const kind = columnKind(type);
  const validity = value === null ? new Uint8Array(length) : undefined;
  switch (kind) {
    case 'float64':
      return { kind, type, validity, values: new Float64Array(length).fill(Number(value)) };
    case 'float32':
      return { kind, type, validity, values: new Float32Array(length).fill(Number(value)) };
    case 'int32':
      return { kind, type, validity, values: new Int32Array(length).fill(Number(value)) };
    case 'int64':
      return { kind, type, validity, values: new BigInt64Array(length).fill((value ?? 0n) as bigint) };
    case 'boolean':
      return { kind, type, validity, values: new Uint8Array(length).fill(value === true ? 1 : 0) };
    default:
      return { kind, type, validity, values: new Array(length).fill(value ?? undefined) };
  }
}

/** The canonical value ("Partition Value Serialization"): null where the log says null or ''. */
export function parsePartitionValue(add: AddFile, name: string, type: DataType): unknown {
  const text = add.partitionValues[name] ?? '';
  if (text === '') return null;
  const value = parseText(text, type);
  if (value === undefined || Number.isNaN(value)) {
    if (value !== undefined && text.toLowerCase() === 'nan') return value;
    throw new CorruptLogError(
      add.path,
      `partition value ${name}=${JSON.stringify(text)} is no ${JSON.stringify(type)}`,
    );
  }
  return value;
}

/** The canonical value of a text in the log, of a partition or a bound; undefined where it is none of the type. */
export function parseText(text: string, type: DataType): unknown {
  switch (type) {
    case 'string':
      return text;
    case 'binary':
      return Buffer.from(text);
    case 'integer':
    case 'short':
    case 'byte':
      return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
    case 'long':
      return /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
    case 'double':
    case 'float':
      return Number(text.replace(/^([+-]?)Inf(inity)?$/i, '$1Infinity'));
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'date':
      return parseDate(text);
    case 'timestamp':
    case 'timestamp_ntz':
      return parseTimestamp(text);
    default:
      return parseDecimal(text, type);
  }
}

function parseDate(text: string): number | undefined {
  const match = /^([+-]?\d{4,})-(\d\d)-(\d\d)$/.exec(text);
  return match === null ? undefined : daysOfDate(Number(match[1]), Number(match[2]), Number(match[3]));
}

/** `2000-01-01 00:00:00.123456`, or ISO 8601 with a zone. Without one it is UTC: the writer's zone is not in the log. */
function parseTimestamp(text: string): bigint | undefined {
  const match =
    /^(.{10,})[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|([+-])(\d\d):?(\d\d))?$/.exec(text) ??
    /^([+-]?\d{4,}-\d\d-\d\d)$/.exec(text);
  const days = match && parseDate(match[1]!);
  if (match === null || days === null || days === undefined) return undefined;
  const [hour, minute, second] = [match[2], match[3], match[4]].map((part) => BigInt(part ?? 0)) as [
    bigint,
    bigint,
    bigint,
  ];
  const fraction = BigInt((match[5] ?? '').padEnd(6, '0').slice(0, 6));
  const offset = match[7] === undefined ? 0n : BigInt(match[8]!) * 60n + BigInt(match[9]!);
  const minutes = hour * 60n + minute - (match[7] === '-' ? -offset : offset);
  return BigInt(days) * MICROS_PER_DAY + (minutes * 60n + second) * 1_000_000n + fraction;
}

function parseDecimal(text: string, type: DataType): bigint | undefined {
  const decimal = parseDecimalType(type);
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (decimal === undefined || match === null) return undefined;
  const fraction = match[3] ?? '';
  if (/[^0]/.test(fraction.slice(decimal.scale))) return undefined;
  const unscaled = BigInt(
    (match[2] ?? '') + fraction.slice(0, decimal.scale).padEnd(decimal.scale, '0') || '0',
  );
  return match[1] === '-' ? -unscaled : unscaled;
}
