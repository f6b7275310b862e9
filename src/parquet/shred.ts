import type { DataType, PrimitiveType, StructType } from '../columns/types.ts';
import { columnKind } from './column-values.ts';
import type { Leaf, LeafValues } from './leaf.ts';

/** Takes a value (null: absent at this depth), the definition level reached above it, and its repetition level. */
type Shredder = (value: unknown, definition: number, repetition: number) => void;

type Collector = {
  readonly path: readonly string[];
  readonly type: PrimitiveType;
  readonly maxDefinition: number;
  readonly maxRepetition: number;
  readonly values: unknown[];
  readonly definition: number[];
  readonly repetition: number[];
};

/**
 * The leaves of a nested column, in the order of its Parquet schema, by the Dremel encoding ("Nested Encoding" of the
 * Parquet format).
 */
export function shredColumn(name: string, type: DataType, values: readonly unknown[]): Leaf[] {
  const collectors: Collector[] = [];
  const shred = shredderOf(type, [name], 1, 0, collectors);
  for (const value of values) shred(value, 0, 0);
  return collectors.map(finish);
}

/**
 * @param definition level at which a value of this type is there
 * @param depth repetition level inside this type's surroundings
 */
function shredderOf(
  type: DataType,
  path: readonly string[],
  definition: number,
  depth: number,
  into: Collector[],
): Shredder {
  if (typeof type === 'string') return leafShredder(type, path, definition, depth, into);
  switch (type.type) {
    case 'struct':
      return structShredder(type, path, definition, depth, into);
    case 'array': {
      const shred = shredderOf(
        type.elementType,
        [...path, 'list', 'element'],
        definition + 2,
        depth + 1,
        into,
      );
      return repeated(definition, depth, (value) => value as readonly unknown[], shred);
    }
    case 'map': {
      const entries = [...path, 'key_value'];
      // a key is required: its entry's level is its own
      const shredKey = shredderOf(type.keyType, [...entries, 'key'], definition + 1, depth + 1, into);
      const shredItem = shredderOf(type.valueType, [...entries, 'value'], definition + 2, depth + 1, into);
      const keys = repeated(
        definition,
        depth,
        (value) => Array.from((value as ReadonlyMap<unknown, unknown>).keys()),
        shredKey,
      );
      const items = repeated(
        definition,
        depth,
        (value) => Array.from((value as ReadonlyMap<unknown, unknown>).values()),
        shredItem,
      );
      return (value, reached, repetition) => {
        keys(value, reached, repetition);
        items(value, reached, repetition);
      };
    }
  }
}

function leafShredder(
  type: PrimitiveType,
  path: readonly string[],
  maxDefinition: number,
  maxRepetition: number,
  into: Collector[],
): Shredder {
  const collector: Collector = {
    path,
    type,
    maxDefinition,
    maxRepetition,
    values: [],
    definition: [],
    repetition: [],
  };
  into.push(collector);
  return (value, reached, repetition) => {
    const absent = value === undefined || value === null;
    if (!absent) collector.values.push(value);
    collector.definition.push(absent ? reached : maxDefinition);
    collector.repetition.push(repetition);
  };
}

function structShredder(
  type: StructType,
  path: readonly string[],
  definition: number,
  depth: number,
  into: Collector[],
): Shredder {
  const members = type.fields.map((field) => ({
    name: field.name,
    shred: shredderOf(field.type, [...path, field.name], definition + 1, depth, into),
  }));
  return (value, reached, repetition) => {
    const absent = value === undefined || value === null;
    for (const { name, shred } of members) {
      if (absent) shred(null, reached, repetition);
      else shred((value as Readonly<Record<string, unknown>>)[name], definition, repetition);
    }
  };
}

/** An absent list leaves one mark below its own level, an empty one at it. */
function repeated(
  definition: number,
  depth: number,
  itemsOf: (value: unknown) => readonly unknown[],
  shred: Shredder,
): Shredder {
  return (value, reached, repetition) => {
    if (value === undefined || value === null) return shred(null, reached, repetition);
    const items = itemsOf(value);
    if (items.length === 0) return shred(null, definition, repetition);
    items.forEach((item, i) => shred(item, definition + 1, i === 0 ? repetition : depth + 1));
  };
}

function finish({
  path,
  type,
  maxDefinition,
  maxRepetition,
  values,
  definition,
  repetition,
}: Collector): Leaf {
  return {
    path,
    type,
    present: typedValues(type, values),
    count: definition.length,
    definition: Uint8Array.from(definition),
    maxDefinition,
    repetition: maxRepetition === 0 ? undefined : Uint8Array.from(repetition),
    maxRepetition,
  };
}

function typedValues(type: PrimitiveType, values: readonly unknown[]): LeafValues {
  const kind = columnKind(type);
  switch (kind) {
    case 'float64':
      return { kind, values: Float64Array.from(values as readonly number[]) };
    case 'float32':
      return { kind, values: Float32Array.from(values as readonly number[]) };
    case 'int32':
      return { kind, values: Int32Array.from(values as readonly number[]) };
    case 'int64':
      return { kind, values: BigInt64Array.from(values as readonly bigint[]) };
    case 'boolean':
      return { kind, values: Uint8Array.from(values as readonly boolean[], Number) };
    default:
      return { kind, values } as LeafValues;
  }
}
