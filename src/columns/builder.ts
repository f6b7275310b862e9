import { TributaryError } from '../errors.ts';
import type { ColumnBatch } from './column.ts';
import {
  type ColumnBuilder,
  createColumnBuilder,
  finishColumn,
  growColumn,
  setInt64,
  setMicrosOfMillis,
  setNull,
  setValid,
} from './column-builder.ts';
import { setText } from './text-builder.ts';
import type { StructType } from './types.ts';

const DEFAULT_CAPACITY = 1024;

/**
 * Collects rows column by column. The row at index `length` is open: its slots may be written as often as one likes, and
 * it counts only after `endRow`, so a row that turns out bad half-way is given up by simply starting over. Whoever writes
 * slots directly writes every column of the row, null or value, before `endRow`.
 */
export type BatchBuilder = {
  readonly schema: StructType;
  /** in the order of the schema's fields, each with at least `length + 1` slots */
  readonly columns: readonly ColumnBuilder[];
  /** complete rows */
  readonly length: number;
  /** slots that every typed column has */
  readonly capacity: number;
  /** completes the open row */
  endRow(): void;
  /** gives up the rows from number `length` on */
  rewind(length: number): void;
  /**
   * Appends one row by names; absent, undefined and null are null. Whole numbers for every integer type and date (days
   * since 1970-01-01); timestamps as **milliseconds** since the epoch; an int64 also as a bigint in its own unit
   * (microseconds, unscaled decimal). Names that the schema lacks are an error.
   */
  appendRow(row: Readonly<Record<string, unknown>>): void;
  /** The rows so far, on the builder's own memory: the builder ends here. */
  finish(): ColumnBatch;
};

/** @param capacity rows expected; more are welcome */
export function createBatchBuilder(schema: StructType, capacity: number = DEFAULT_CAPACITY): BatchBuilder {
  return new GrowingBatch(schema, capacity);
}

// a class, and not a factory: methods that are new with every batch would make V8 throw away the decoder's machine code
class GrowingBatch implements BatchBuilder {
  readonly schema: StructType;
  readonly columns: readonly ColumnBuilder[];
  length = 0;
  capacity: number;

  constructor(schema: StructType, capacity: number) {
    this.schema = schema;
    // the open row needs its slots too
    this.capacity = capacity + 1;
    this.columns = schema.fields.map(({ type }) => createColumnBuilder(type, this.capacity));
  }

  endRow(): void {
    this.length++;
    if (this.length < this.capacity) return;
    this.capacity *= 2;
    for (const column of this.columns) growColumn(column, this.capacity);
  }

  rewind(length: number): void {
    this.length = length;
  }

  appendRow(row: Readonly<Record<string, unknown>>): void {
    const { fields } = this.schema;
    for (const name of Object.keys(row)) {
      if (fields.some((field) => field.name === name)) continue;
      const names = fields.map((field) => field.name).join(', ');
      throw new TributaryError(`no column ${JSON.stringify(name)} among ${names}`);
    }
    fields.forEach(({ name }, i) => setSlot(this.columns[i]!, this.length, row[name], this.capacity));
    this.endRow();
  }

  finish(): ColumnBatch {
    const { schema, length, columns } = this;
    return { schema, length, columns: columns.map((column) => finishColumn(column, length)) };
  }
}

/** Writes a value of the forms that `appendRow` takes; its caller knows the schema, so a misfit is a fault in the code. */
function setSlot(column: ColumnBuilder, row: number, value: unknown, capacity: number): void {
  if (value === undefined || value === null) {
    setNull(column, row, capacity);
    return;
  }
  switch (column.kind) {
    case 'float64':
    case 'float32':
    case 'int32':
      column.values[row] = expectType(value, 'number', column);
      break;
    case 'int64':
      if (typeof value === 'bigint') column.values[row] = value;
      else if (column.type === 'timestamp' || column.type === 'timestamp_ntz') {
        setMicrosOfMillis(column, row, expectType(value, 'number', column));
      } else setInt64(column, row, expectType(value, 'number', column));
      break;
    case 'boolean':
      column.values[row] = expectType(value, 'boolean', column) ? 1 : 0;
      break;
    case 'text':
      setText(column, row, expectType(value, 'string', column));
      break;
    case 'bigint':
      column.values[row] = expectType(value, 'bigint', column);
      break;
    case 'bytes':
      if (!(value instanceof Uint8Array)) throw misfit(value, column);
      column.values[row] = value;
      break;
    case 'nested':
      column.values[row] = value;
      break;
  }
  setValid(column, row);
}

type Primitives = { number: number; string: string; boolean: boolean; bigint: bigint };

function expectType<T extends keyof Primitives>(
  value: unknown,
  type: T,
  column: ColumnBuilder,
): Primitives[T] {
  if (typeof value !== type) throw misfit(value, column);
  return value as Primitives[T];
}

function misfit(value: unknown, column: ColumnBuilder): TributaryError {
  return new TributaryError(`a column of type ${JSON.stringify(column.type)} cannot hold a ${typeof value}`);
}
