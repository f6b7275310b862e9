import type { DataType, StructField, StructType } from '../columns/types.ts';
import { DeltaError } from './errors.ts';
import { fromPlain } from './plain-values.ts';
import { describeType, fieldNamed } from './table-schema.ts';

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** In the forms that rows are given in: see `fromPlain`. */
export type PlainValue = string | number | bigint | boolean | Date | Uint8Array;

/**
 * Which rows, as data: `['temperature', '>', 30]`, `{ and: [['station', 'in', ['a', 'b']], ['at', 'is not null']] }`.
 * As in SQL a comparison with null is neither true nor false, `not` leaves it so, and only rows for which the whole is
 * true are meant. NaN equals itself and is greater than every number, text is ordered by code points.
 */
export type Predicate =
  | readonly [column: string, operator: Comparison, value: PlainValue]
  | readonly [column: string, operator: 'in', values: readonly PlainValue[]]
  | readonly [column: string, operator: 'is null' | 'is not null']
  | { readonly and: readonly Predicate[] }
  | { readonly or: readonly Predicate[] }
  | { readonly not: Predicate };

/** A predicate over a table's own columns, its values canonical. */
export type BoundPredicate =
  | {
      readonly kind: 'compare';
      readonly field: StructField;
      readonly operator: Comparison;
      readonly value: Canonical;
    }
  | { readonly kind: 'in'; readonly field: StructField; readonly values: readonly Canonical[] }
  | { readonly kind: 'null'; readonly field: StructField }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly BoundPredicate[] }
  | { readonly kind: 'not'; readonly part: BoundPredicate };

/** A canonical value that has an order. */
export type Canonical = string | number | bigint | boolean | Uint8Array;

/** All rows. */
export const EVERY_ROW: BoundPredicate = { kind: 'and', parts: [] };

const COMPARISONS: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=']);

/** @throws DeltaError where it names no column, or compares one with what it never is */
export function bindPredicate(predicate: Predicate, schema: StructType): BoundPredicate {
  if (isComparison(predicate)) return bindComparison(predicate, schema);
  if (typeof predicate !== 'object' || predicate === null) throw misshapen(predicate);
  const [key, ...more] = Object.keys(predicate);
  if (more.length > 0) throw misshapen(predicate);
  const { and, or, not } = predicate as { and?: unknown; or?: unknown; not?: Predicate };
  const bindAll = (parts: readonly Predicate[]) => parts.map((part) => bindPredicate(part, schema));
  if (key === 'and' && Array.isArray(and)) return { kind: 'and', parts: bindAll(and) };
  if (key === 'or' && Array.isArray(or)) return { kind: 'or', parts: bindAll(or) };
  if (key === 'not' && not !== undefined) return { kind: 'not', part: bindPredicate(not, schema) };
  throw misshapen(predicate);
}

/** The names of the columns that it looks at. */
export function predicateColumns(predicate: BoundPredicate): ReadonlySet<string> {
  switch (predicate.kind) {
    case 'compare':
    case 'in':
    case 'null':
      return new Set([predicate.field.name]);
    case 'not':
      return predicateColumns(predicate.part);
    case 'and':
    case 'or':
      return new Set(predicate.parts.flatMap((part) => Array.from(predicateColumns(part))));
  }
}

/** As people read it in a table's history. */
export function describePredicate(predicate: Predicate): string {
  return JSON.stringify(predicate, (_, value: unknown) => {
    if (typeof value === 'bigint') return String(value);
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  });
}

type Leaf = Extract<Predicate, readonly unknown[]>;

function isComparison(predicate: Predicate): predicate is Leaf {
  return Array.isArray(predicate);
}

function bindComparison(leaf: Leaf, schema: StructType): BoundPredicate {
  const [name, operator, operand] = leaf as readonly [string, string, unknown];
  const field = fieldNamed(schema, name);
  if (operator === 'is null' || operator === 'is not null') {
    if (leaf.length > 2) throw misshapen(leaf);
    const isNull = { kind: 'null', field } as const;
    return operator === 'is null' ? isNull : { kind: 'not', part: isNull };
  }
  if (leaf.length !== 3) throw misshapen(leaf);
  if (operator === 'in' && Array.isArray(operand)) {
    return { kind: 'in', field, values: operand.map((value) => bindValue(field, value)) };
  }
  if (!COMPARISONS.has(operator)) throw misshapen(leaf);
  return { kind: 'compare', field, operator: operator as Comparison, value: bindValue(field, operand) };
}

function bindValue({ name, type }: StructField, value: unknown): Canonical {
  if (!hasOrder(type)) {
    throw new DeltaError(`column ${name} is ${describeType(type)}: it can be asked for null only`);
  }
  if (value === null || value === undefined) {
    throw new DeltaError(`nothing compares with null: ask for ["${name}", "is null"], or "is not null"`);
  }
  return fromPlain(type, value, name) as Canonical;
}

function hasOrder(type: DataType): boolean {
  return typeof type === 'string';
}

function misshapen(predicate: unknown): DeltaError {
  return new DeltaError(
    `${JSON.stringify(predicate) ?? String(predicate)} is no predicate: ` +
      'write [column, "=", value] with one of = != < <= > >=, [column, "in", values], [column, "is null"], ' +
      '[column, "is not null"], { and: […] }, { or: […] } or { not: … }',
  );
}
