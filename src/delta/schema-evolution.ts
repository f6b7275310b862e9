import type { DataType, StructField, StructType } from '../columns/types.ts';
import { describeType } from './table-schema.ts';

export type Evolution =
  | { readonly kind: 'same' }
  | { readonly kind: 'evolved'; readonly schema: StructType }
  /** `detail` names both types */
  | { readonly kind: 'refused'; readonly detail: string };

/** Integers that Parquet keeps in 32 bits alike, so that older files are read as the wider type. */
const WIDTHS: readonly unknown[] = ['byte', 'short', 'integer'];

/**
 * What has to happen to a table's schema so that rows of the wished one can be written. The log is the truth: its order,
 * its further columns and its wider types stay. Columns are added, nullable; byte becomes short becomes integer; all
 * else is refused, for files that are there would be misread.
 */
export function evolveSchema(current: StructType, wish: StructType): Evolution {
  const merged = mergeFields(current, wish, '');
  if (merged.kind === 'refused') return merged;
  return merged.type === current ? { kind: 'same' } : { kind: 'evolved', schema: merged.type };
}

type Merged<T extends DataType> =
  { readonly kind: 'merged'; readonly type: T } | { readonly kind: 'refused'; readonly detail: string };

/** The same object where nothing changes. */
function mergeFields(current: StructType, wish: StructType, prefix: string): Merged<StructType> {
  const fields: StructField[] = [...current.fields];
  for (const wished of wish.fields) {
    const path = prefix + wished.name;
    const at = fields.findIndex((field) => field.name.toLowerCase() === wished.name.toLowerCase());
    const known = fields[at];
    if (known === undefined) {
      if (!wished.nullable) {
        return {
          kind: 'refused',
          detail: `new column ${path} (${describeType(wished.type)}) is not nullable: rows that are there have no value`,
        };
      }
      fields.push(wished);
      continue;
    }
    if (known.name !== wished.name) {
      return {
        kind: 'refused',
        detail: `column ${path} differs from the table's ${prefix}${known.name} by case only`,
      };
    }
    const merged = mergeTypes(known.type, wished.type, path);
    if (merged.kind === 'refused') return merged;
    if (merged.type !== known.type) fields[at] = { ...known, type: merged.type };
  }
  const changed =
    fields.length !== current.fields.length || fields.some((field, i) => field !== current.fields[i]);
  return { kind: 'merged', type: changed ? { type: 'struct', fields } : current };
}

function mergeTypes(current: DataType, wish: DataType, path: string): Merged<DataType> {
  const refused = {
    kind: 'refused',
    detail: `column ${path} is ${describeType(current)} in the table and cannot become ${describeType(wish)}`,
  } as const;
  if (typeof current === 'string' || typeof wish === 'string') {
    if (current === wish) return { kind: 'merged', type: current };
    const [from, to] = [WIDTHS.indexOf(current), WIDTHS.indexOf(wish)];
    if (from < 0 || to < 0) return refused;
    return { kind: 'merged', type: from < to ? wish : current };
  }
  if (current.type === 'struct' && wish.type === 'struct') return mergeFields(current, wish, `${path}.`);
  if (current.type === 'array' && wish.type === 'array') {
    const element = mergeTypes(current.elementType, wish.elementType, `${path}.element`);
    if (element.kind === 'refused') return element;
    return {
      kind: 'merged',
      type: element.type === current.elementType ? current : { ...current, elementType: element.type },
    };
  }
  if (current.type === 'map' && wish.type === 'map') {
    const key = mergeTypes(current.keyType, wish.keyType, `${path}.key`);
    if (key.kind === 'refused') return key;
    const value = mergeTypes(current.valueType, wish.valueType, `${path}.value`);
    if (value.kind === 'refused') return value;
    const same = key.type === current.keyType && value.type === current.valueType;
    return {
      kind: 'merged',
      type: same ? current : { ...current, keyType: key.type, valueType: value.type },
    };
  }
  return refused;
}
