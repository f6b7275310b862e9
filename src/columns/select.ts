import { TributaryError } from '../errors.ts';
import { CodedText, countSlots } from './coded-text.ts';
import type { Column, ColumnBatch } from './column.ts';

/** The column of that name; throws where the batch has none. */
export function columnOf(batch: ColumnBatch, name: string): Column {
  const column = batch.columns[batch.schema.fields.findIndex((field) => field.name === name)];
  if (column === undefined) {
    const names = batch.schema.fields.map((field) => field.name).join(', ');
    throw new TributaryError(`no column ${JSON.stringify(name)} among ${names}`);
  }
  return column;
}

/** The rows of those numbers, in that order, copied. */
export function selectRows(batch: ColumnBatch, rows: Int32Array | Uint32Array): ColumnBatch {
  const { schema } = batch;
  return { schema, length: rows.length, columns: batch.columns.map((column) => selectSlots(column, rows)) };
}

/** Consecutive rows from `start` up to, not including, `end`. Typed columns stay on the same memory. */
export function sliceRows(batch: ColumnBatch, start: number, end: number): ColumnBatch {
  if (start === 0 && end === batch.length) return batch;
  const columns = batch.columns.map((column) => {
    const validity = column.validity?.subarray(start, end);
    if (column instanceof CodedText)
      return column.with(column.codes.subarray(start, end), keepNulls(validity));
    const values =
      'subarray' in column.values ? column.values.subarray(start, end) : column.values.slice(start, end);
    return { ...column, values, validity: keepNulls(validity) } as Column;
  });
  return { schema: batch.schema, length: end - start, columns };
}

/**
 * The rows of all batches, one batch after another. Their columns must agree in order and type; the first batch's schema
 * stands for all.
 */
export function concatBatches(batches: readonly ColumnBatch[]): ColumnBatch {
  const [first] = batches;
  if (first === undefined) throw new TributaryError('no batch to join: at least one must name the columns');
  if (batches.length === 1) return first;
  for (const batch of batches) {
    const differs = batch.schema.fields.some(
      ({ name, type }, i) =>
        name !== first.schema.fields[i]?.name || !sameType(type, first.schema.fields[i].type),
    );
    if (differs || batch.columns.length !== first.columns.length) {
      throw new TributaryError(
        `batches to be joined differ in their columns: ${describe(first)} and ${describe(batch)}`,
      );
    }
  }
  const length = batches.reduce((sum, batch) => sum + batch.length, 0);
  const columns = first.columns.map((_, i) =>
    joinColumns(
      batches.map((batch) => batch.columns[i]!),
      length,
    ),
  );
  return { schema: first.schema, length, columns };
}

function sameType(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function describe(batch: ColumnBatch): string {
  return batch.schema.fields.map(({ name, type }) => `${name} ${JSON.stringify(type)}`).join(', ');
}

function selectSlots(column: Column, rows: Int32Array | Uint32Array): Column {
  const { type } = column;
  const validity = column.validity && keepNulls(gather(new Uint8Array(rows.length), column.validity, rows));
  if (column instanceof CodedText)
    return column.with(gather(new Int32Array(rows.length), column.codes, rows), validity);
  switch (column.kind) {
    case 'float64':
      return {
        kind: column.kind,
        type,
        validity,
        values: gather(new Float64Array(rows.length), column.values, rows),
      };
    case 'float32':
      return {
        kind: column.kind,
        type,
        validity,
        values: gather(new Float32Array(rows.length), column.values, rows),
      };
    case 'int32':
      return {
        kind: column.kind,
        type,
        validity,
        values: gather(new Int32Array(rows.length), column.values, rows),
      };
    case 'boolean':
      return {
        kind: column.kind,
        type,
        validity,
        values: gather(new Uint8Array(rows.length), column.values, rows),
      };
    case 'int64':
      return { kind: column.kind, type, validity, values: gatherInt64(column.values, rows) };
    case 'text':
      return { kind: column.kind, type, validity, values: gatherList(column.values, rows) };
    case 'bytes':
      return { kind: column.kind, type, validity, values: gatherList(column.values, rows) };
    case 'bigint':
      return { kind: column.kind, type, validity, values: gatherList(column.values, rows) };
    case 'nested':
      return { kind: column.kind, type, validity, values: gatherList(column.values, rows) };
  }
}

function gather<T extends Float64Array | Float32Array | Int32Array | Uint8Array>(
  target: T,
  values: T,
  rows: Int32Array | Uint32Array,
): T {
  for (let i = 0; i < rows.length; i++) target[i] = values[rows[i]!]!;
  return target;
}

/** In 32-bit halves: one BigInt a value would cost ten times as much. */
function gatherInt64(values: BigInt64Array, rows: Int32Array | Uint32Array): BigInt64Array {
  const target = new BigInt64Array(rows.length);
  const to = new Int32Array(target.buffer);
  const from = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  for (let i = 0; i < rows.length; i++) {
    to[2 * i] = from[2 * rows[i]!]!;
    to[2 * i + 1] = from[2 * rows[i]! + 1]!;
  }
  return target;
}

function gatherList<T>(values: readonly T[], rows: Int32Array | Uint32Array): T[] {
  const list: T[] = [];
  for (let i = 0; i < rows.length; i++) list.push(values[rows[i]!]!);
  return list;
}

function keepNulls(validity: Uint8Array | undefined): Uint8Array | undefined {
  return validity?.includes(0) ? validity : undefined;
}

function joinColumns(columns: readonly Column[], length: number): Column {
  const [first] = columns as readonly [Column];
  const { type } = first;
  const validity = joinValidity(columns, length);
  switch (first.kind) {
    case 'float64':
      return { kind: first.kind, type, validity, values: joinTyped(new Float64Array(length), columns) };
    case 'float32':
      return { kind: first.kind, type, validity, values: joinTyped(new Float32Array(length), columns) };
    case 'int32':
      return { kind: first.kind, type, validity, values: joinTyped(new Int32Array(length), columns) };
    case 'int64':
      return { kind: first.kind, type, validity, values: joinTyped(new BigInt64Array(length), columns) };
    case 'boolean':
      return { kind: first.kind, type, validity, values: joinTyped(new Uint8Array(length), columns) };
    case 'text':
    case 'bytes':
    case 'bigint':
    case 'nested':
      return { kind: first.kind, type, validity, values: columns.flatMap(({ values }) => values) } as Column;
  }
}

function joinValidity(columns: readonly Column[], length: number): Uint8Array | undefined {
  if (columns.every(({ validity }) => validity === undefined)) return undefined;
  const joined = new Uint8Array(length).fill(1);
  let offset = 0;
  for (const column of columns) {
    if (column.validity !== undefined) joined.set(column.validity, offset);
    offset += countSlots(column);
  }
  return joined;
}

function joinTyped<T extends { set(values: ArrayLike<never>, offset: number): void }>(
  target: T,
  columns: readonly Column[],
): T {
  let offset = 0;
  for (const { values } of columns) {
    target.set(values as unknown as ArrayLike<never>, offset);
    offset += values.length;
  }
  return target;
}
