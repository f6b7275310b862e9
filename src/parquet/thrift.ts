import type { ByteSink } from './byte-sink.ts';

/** A value of Thrift's compact protocol; Parquet's headers and footer need no more than these. */
export type Thrift =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'i8' | 'i16' | 'i32' | 'i64'; readonly value: number }
  | { readonly kind: 'binary'; readonly value: string | Uint8Array }
  | { readonly kind: 'list'; readonly items: readonly Thrift[] }
  | { readonly kind: 'struct'; readonly fields: readonly ThriftField[] };

/** Ascending by id; undefined values are left out. */
export type ThriftField = readonly [id: number, value: Thrift | undefined];

export const bool = (value: boolean): Thrift => ({ kind: 'bool', value });
export const i8 = (value: number): Thrift => ({ kind: 'i8', value });
export const i16 = (value: number): Thrift => ({ kind: 'i16', value });
export const i32 = (value: number): Thrift => ({ kind: 'i32', value });
export const i64 = (value: number): Thrift => ({ kind: 'i64', value });
export const binary = (value: string | Uint8Array): Thrift => ({ kind: 'binary', value });
export const list = (items: readonly Thrift[]): Thrift => ({ kind: 'list', items });
export const struct = (...fields: readonly ThriftField[]): Thrift => ({ kind: 'struct', fields });

const STOP = 0;
const TRUE = 1;
const FALSE = 2;
const TYPES = { i8: 3, i16: 4, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;

export function writeThrift(sink: ByteSink, value: Thrift): void {
  switch (value.kind) {
    case 'bool':
      return sink.byte(value.value ? TRUE : FALSE);
    case 'i8':
      return sink.byte(value.value);
    case 'i16':
    case 'i32':
    case 'i64':
      return writeZigzag(sink, value.value);
    case 'binary': {
      const bytes = typeof value.value === 'string' ? Buffer.from(value.value) : value.value;
      writeVarint(sink, bytes.length);
      return sink.bytes(bytes);
    }
    case 'list':
      return writeList(sink, value.items);
    case 'struct':
      return writeStruct(sink, value.fields);
  }
}

function writeList(sink: ByteSink, items: readonly Thrift[]): void {
  const [first] = items;
  const type = first === undefined ? TYPES.struct : typeOf(first);
  if (items.length < 15) sink.byte((items.length << 4) | type);
  else {
    sink.byte(0xf0 | type);
    writeVarint(sink, items.length);
  }
  for (const item of items) writeThrift(sink, item);
}

/** A field's header holds the distance to the id before; a boolean's value is its type. */
function writeStruct(sink: ByteSink, fields: readonly ThriftField[]): void {
  let last = 0;
  for (const [id, value] of fields) {
    if (value === undefined) continue;
    sink.byte(((id - last) << 4) | typeOf(value));
    last = id;
    if (value.kind !== 'bool') writeThrift(sink, value);
  }
  sink.byte(STOP);
}

function typeOf(value: Thrift): number {
  if (value.kind === 'bool') return value.value ? TRUE : FALSE;
  return TYPES[value.kind];
}

export function writeVarint(sink: ByteSink, value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    sink.byte((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  sink.byte(rest);
}

/** Exact up to 2^52, which no size or count in a file reaches. */
function writeZigzag(sink: ByteSink, value: number): void {
  writeVarint(sink, value < 0 ? -2 * value - 1 : 2 * value);
}
