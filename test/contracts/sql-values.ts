import { canonicalJson, canonicalValue } from '../../src/columns/canonical.ts';
import type { ColumnBatch } from '../../src/columns/column.ts';
import type { DataType } from '../../src/columns/types.ts';
import type { AthenaColumn } from '../support/athena-server.ts';

/** A value that SQL of both engines makes: how Athena hands it out, and what every engine has to answer. */
export type SqlValue = {
  /** an expression in words that Trino and DuckDB share */
  readonly sql: string;
  /** as Athena describes the column and writes the value; null for null */
  readonly athena: Omit<AthenaColumn, 'Name'> & { readonly text: string | null };
  readonly type: DataType;
  /** `canonicalJson` of it */
  readonly json: string;
};

const whole = (sql: string, Type: string, type: DataType, text: string): SqlValue => ({
  sql,
  athena: { Type, text },
  type,
  json: text,
});
const double = (sql: string, text: string, json: string): SqlValue => ({
  sql,
  athena: { Type: 'double', text },
  type: 'double',
  json,
});
const decimal = (text: string, Precision: number, Scale: number): SqlValue => ({
  sql: `CAST('${text}' AS decimal(${Precision},${Scale}))`,
  athena: { Type: 'decimal', Precision, Scale, text },
  type: `decimal(${Precision},${Scale})`,
  json: text,
});
const zoned = (time: string, zone: string, json: string): SqlValue => ({
  sql: `CAST('${time}${zone.startsWith('+') ? '' : ' '}${zone}' AS timestamp with time zone)`,
  athena: { Type: 'timestamp with time zone', text: `${time} ${zone}` },
  type: 'timestamp',
  json: `"${json}"`,
});
const text = (value: string): SqlValue => ({
  sql: `'${value.replaceAll("'", "''")}'`,
  athena: { Type: 'varchar', text: value },
  type: 'string',
  json: JSON.stringify(value),
});

/** What an engine's answers have to be, whoever gives them. */
export const SQL_VALUES: readonly SqlValue[] = [
  whole('CAST(-128 AS tinyint)', 'tinyint', 'byte', '-128'),
  whole('CAST(32767 AS smallint)', 'smallint', 'short', '32767'),
  whole('CAST(-2147483648 AS integer)', 'integer', 'integer', '-2147483648'),
  whole('CAST(9007199254740993 AS bigint)', 'bigint', 'long', '9007199254740993'),
  whole('true', 'boolean', 'boolean', 'true'),
  whole('1 > 2', 'boolean', 'boolean', 'false'),
  {
    sql: 'CAST(0.1 AS real)',
    athena: { Type: 'float', text: '0.1' },
    type: 'float',
    json: '0.10000000149011612',
  },
  double('CAST(0.1 AS double)', '0.1', '0.1'),
  double('1e21', '1.0E21', '1e+21'),
  double('-2.5e-7', '-2.5E-7', '-2.5e-7'),
  double('nan()', 'NaN', '"NaN"'),
  double('infinity()', 'Infinity', '"Infinity"'),
  double('-infinity()', '-Infinity', '"-Infinity"'),
  decimal('123.450', 10, 3),
  decimal('-0.05', 38, 2),
  decimal('99999999999999999999999999999999999999', 38, 0),
  {
    sql: "DATE '2013-01-01'",
    athena: { Type: 'date', text: '2013-01-01' },
    type: 'date',
    json: '"2013-01-01"',
  },
  {
    sql: "DATE '1969-12-31'",
    athena: { Type: 'date', text: '1969-12-31' },
    type: 'date',
    json: '"1969-12-31"',
  },
  {
    sql: "TIMESTAMP '1969-12-31 23:59:59.999'",
    athena: { Type: 'timestamp', text: '1969-12-31 23:59:59.999' },
    type: 'timestamp_ntz',
    json: '"1969-12-31T23:59:59.999000"',
  },
  zoned('2013-01-01 06:00:00.123', 'UTC', '2013-01-01T06:00:00.123000Z'),
  zoned('2013-07-01 06:00:00.000', 'Europe/Berlin', '2013-07-01T04:00:00.000000Z'),
  zoned('2013-01-01 06:00:00.000', '+05:30', '2013-01-01T00:30:00.000000Z'),
  text(''),
  text(`it's "ä", 1`),
  {
    sql: "from_hex('00ff10')",
    athena: { Type: 'varbinary', text: '00 ff 10' },
    type: 'binary',
    json: '"AP8Q"',
  },
  { sql: 'CAST(NULL AS bigint)', athena: { Type: 'bigint', text: null }, type: 'long', json: 'null' },
  { sql: 'CAST(NULL AS varchar)', athena: { Type: 'varchar', text: null }, type: 'string', json: 'null' },
];

/** One SELECT of all of them, as the columns `v0`, `v1` … */
export const SQL_OF_VALUES = `SELECT ${SQL_VALUES.map(({ sql }, i) => `${sql} AS v${i}`).join(', ')}`;

/** What the contract says that the answer is, and what it is: to be compared by whoever runs it. */
export function contractOfValues(answer: ColumnBatch) {
  const { fields } = answer.schema;
  return {
    expected: SQL_VALUES.map(({ sql, type, json }, i) => ({ name: `v${i}`, sql, type, json })),
    found: SQL_VALUES.map(({ sql }, i) => ({
      name: fields[i]?.name,
      sql,
      type: fields[i]?.type,
      json: canonicalJson(fields[i]!.type, canonicalValue(answer.columns[i]!, 0)),
    })),
  };
}
