import type { Random } from '../../src/clock.ts';
import type { ColumnBatch } from '../../src/columns/column.ts';
import { type DataType, field, parseDecimalType, struct, type StructType } from '../../src/columns/types.ts';
import { batchOf } from './delta-rig.ts';

/** One column of every type that Tributary writes, nested ones among them. */
export const everyType: StructType = struct([
  field('a_string', 'string'),
  field('a_long', 'long'),
  field('an_integer', 'integer'),
  field('a_short', 'short'),
  field('a_byte', 'byte'),
  field('a_double', 'double'),
  field('a_float', 'float'),
  field('a_boolean', 'boolean'),
  field('a_date', 'date'),
  field('a_timestamp', 'timestamp'),
  field('a_binary', 'binary'),
  field('decimal_5', 'decimal(5,2)'),
  field('decimal_18', 'decimal(18,0)'),
  field('decimal_38', 'decimal(38,10)'),
  field(
    'a_struct',
    struct([
      field('x', 'integer'),
      field('inner', struct([field('t', 'timestamp'), field('d', 'decimal(20,3)')])),
    ]),
  ),
  field('a_list', { type: 'array', elementType: 'long', containsNull: true }),
  field('structs', {
    type: 'array',
    elementType: struct([field('s', 'string'), field('f', 'double')]),
    containsNull: true,
  }),
  field('a_map', { type: 'map', keyType: 'string', valueType: 'date', valueContainsNull: true }),
  field('lists', {
    type: 'map',
    keyType: 'long',
    valueType: { type: 'array', elementType: 'float', containsNull: true },
    valueContainsNull: true,
  }),
]);

export type RandomRowsOptions = {
  /** part of the values that are null, from 0 to 1 */
  readonly nulls?: number;
  /** timestamps with microseconds, NaN and infinities too */
  readonly wild?: boolean;
  /** few different values */
  readonly repeat?: boolean;
};

export function randomBatch(
  schema: StructType,
  rows: number,
  random: Random,
  options: RandomRowsOptions = {},
): ColumnBatch {
  const pools = schema.fields.map(({ type }) => {
    return options.repeat ? Array.from({ length: 5 }, () => randomValue(type, random, options)) : undefined;
  });
  const values = Array.from({ length: rows }, () =>
    Object.fromEntries(
      schema.fields.map(({ name, type }, i) => {
        const pool = pools[i];
        return [name, pool === undefined ? randomValue(type, random, options) : pick(pool, random)];
      }),
    ),
  );
  return batchOf(schema, values);
}

function randomValue(type: DataType, random: Random, options: RandomRowsOptions): unknown {
  const { nulls = 0.2, wild = false } = options;
  if (random() < nulls) return null;
  const inner = (of: DataType) => randomValue(of, random, options);
  if (typeof type === 'object') {
    const size = Math.floor(random() * 4);
    switch (type.type) {
      case 'struct':
        return Object.fromEntries(type.fields.map((member) => [member.name, inner(member.type)]));
      case 'array':
        return Array.from({ length: size }, () => inner(type.elementType));
      case 'map':
        return new Map(
          Array.from({ length: size }, () => [
            randomValue(type.keyType, random, { ...options, nulls: 0 }),
            inner(type.valueType),
          ]),
        );
    }
  }
  switch (type) {
    case 'string':
      return randomText(random);
    case 'long':
      return randomInteger(64, random);
    case 'integer':
      return Number(randomInteger(32, random));
    case 'short':
      return Number(randomInteger(16, random));
    case 'byte':
      return Number(randomInteger(8, random));
    case 'double':
      return randomDouble(random, wild);
    case 'float':
      return Math.fround(randomDouble(random, wild));
    case 'boolean':
      return random() < 0.5;
    case 'date':
      return Math.floor(random() * 60_000) - 20_000;
    case 'timestamp': {
      const millis = BigInt(Math.floor((random() - 0.3) * 4e12));
      return millis * 1000n + (wild ? BigInt(Math.floor(random() * 1000)) : 0n);
    }
    case 'binary':
      return Uint8Array.from({ length: Math.floor(random() * 12) }, () => Math.floor(random() * 256));
    default: {
      const { precision } = parseDecimalType(type)!;
      const digits = Math.floor(random() * precision) + 1;
      const magnitude = BigInt(Array.from({ length: digits }, () => Math.floor(random() * 10)).join(''));
      return random() < 0.5 ? -magnitude : magnitude;
    }
  }
}

function randomInteger(bits: number, random: Random): bigint {
  const width = Math.floor(random() * bits) + 1;
  let value = 0n;
  for (let i = 0; i < width; i++) value = value * 2n + (random() < 0.5 ? 0n : 1n);
  return BigInt.asIntN(bits, value);
}

function randomDouble(random: Random, wild: boolean): number {
  const kind = random();
  if (wild && kind < 0.05)
    return pick([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], random);
  if (kind < 0.2) return pick([0, -0, 1, -1, 0.1, 1e21, -1e-7], random);
  return (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20);
}

const CHARACTERS = Array.from('abz 0%/=\'"\\é߿ࠀ\ud7ff\u{e000}\u{ffff}\u{10000}\u{1f600}\u{10ffff}');

function randomText(random: Random): string {
  const length = Math.floor(random() ** 2 * 45);
  const alphabet = random() < 0.6 ? CHARACTERS.slice(0, 6) : CHARACTERS;
  return Array.from({ length }, () => pick(alphabet, random)).join('');
}

function pick<T>(values: readonly T[], random: Random): T {
  return values[Math.floor(random() * values.length)]!;
}
