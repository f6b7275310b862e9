import type { ArrayType, DataType, MapType, StructField, StructType } from '../columns/types.ts';
import { ParquetError } from './errors.ts';
import { leafReader } from './leaf-reader.ts';
import { findField, type MatchBy, type SchemaNode } from './schema-match.ts';

/** Turns an assembled value of the file into the canonical value of its type; null stays null. */
export type ValueReader = (value: unknown) => unknown;

/** @throws ParquetError where the file's group cannot hold the type */
export function valueReader(type: DataType, node: SchemaNode, matchBy: MatchBy): ValueReader {
  const read = presentReader(type, node, matchBy);
  return (value) => (value === undefined || value === null ? null : read(value));
}

function presentReader(type: DataType, node: SchemaNode, matchBy: MatchBy): ValueReader {
  if (typeof type === 'string') {
    if (node.children.length > 0)
      throw new ParquetError(`column ${node.element.name} is a group, the table says ${type}`);
    return leafReader(type, node.element) ?? ((value) => value);
  }
  switch (type.type) {
    case 'struct':
      return structReader(type, node, matchBy);
    case 'array':
      return arrayReader(type, node, matchBy);
    case 'map':
      return mapReader(type, node, matchBy);
  }
}

function structReader(type: StructType, node: SchemaNode, matchBy: MatchBy): ValueReader {
  const members = type.fields.map((field): { readonly field: StructField; readonly take: ValueReader } => {
    const child = findField(node, field, matchBy);
    if (child === undefined) return { field, take: () => null };
    const read = valueReader(field.type, child, matchBy);
    return { field, take: (value) => read((value as Readonly<Record<string, unknown>>)[child.element.name]) };
  });
  return (value) => Object.fromEntries(members.map(({ field, take }) => [field.name, take(value)]));
}

/** Lists have three levels, or two as older writers had it ("Backward-compatibility rules" of the Parquet format). */
function arrayReader({ elementType }: ArrayType, node: SchemaNode, matchBy: MatchBy): ValueReader {
  const [repeated] = node.children;
  if (node.element.repetition_type === 'REPEATED' && node.element.converted_type !== 'LIST') {
    return listOf(presentReader(elementType, node, matchBy));
  }
  if (repeated === undefined || repeated.element.repetition_type !== 'REPEATED') {
    throw new ParquetError(`column ${node.element.name} is no list, the table says array`);
  }
  // the reader assembles a repeated group of several members as a struct that holds the list
  if (repeated.children.length > 1) {
    const read = listOf(valueReader(elementType, repeated, matchBy));
    return (value) => read((value as Readonly<Record<string, unknown>>)[repeated.element.name]);
  }
  return listOf(valueReader(elementType, repeated.children[0] ?? repeated, matchBy));
}

function listOf(read: ValueReader): ValueReader {
  return (value) => Array.from(value as ArrayLike<unknown>, read);
}

function mapReader({ keyType, valueType }: MapType, node: SchemaNode, matchBy: MatchBy): ValueReader {
  const [entries] = node.children;
  const [key, item] = entries?.children ?? [];
  if (entries === undefined || key === undefined || entries.element.repetition_type !== 'REPEATED') {
    throw new ParquetError(`column ${node.element.name} is no map, the table says map`);
  }
  const readKey = valueReader(keyType, key, matchBy);
  const readItem = item === undefined ? () => null : valueReader(valueType, item, matchBy);
  return (value) => {
    const pairs = (value as Readonly<Record<string, unknown>>)[entries.element.name] as readonly Record<
      string,
      unknown
    >[];
    return new Map(
      pairs.map((pair) => [readKey(pair[key.element.name]), readItem(item && pair[item.element.name])]),
    );
  };
}
