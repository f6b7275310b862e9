import {
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  type DuckDBDecimalValue,
  DuckDBInstance,
  type DuckDBListValue,
  type DuckDBMapValue,
  type DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { canonicalJson } from '../../src/columns/canonical.ts';
import { type DataType, parseDecimalType, type StructType } from '../../src/columns/types.ts';

/** Another reader of Parquet, to judge ours by. */
export async function openJudge(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    autoinstall_known_extensions: 'false',
  });
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'`);
  return connection;
}

/** The rows of Parquet files as DuckDB reads them, in the canonical JSON of a schema, sorted. */
export async function judgeRows(
  judge: DuckDBConnection,
  files: readonly string[],
  schema: StructType,
): Promise<string[]> {
  if (files.length === 0) return [];
  const columns = schema.fields.map(({ name }) => `"${name.replaceAll('"', '""')}"`).join(', ');
  const list = files.map((file) => `'${file.replaceAll("'", "''")}'`).join(', ');
  const sql = `SELECT ${columns} FROM read_parquet([${list}], hive_partitioning = false, union_by_name = true)`;
  return canonicalRows(judge, sql, schema);
}

/** The rows of a query in the canonical JSON of a schema, sorted. */
export async function canonicalRows(
  judge: DuckDBConnection,
  sql: string,
  schema: StructType,
): Promise<string[]> {
  const reader = await judge.runAndReadAll(sql);
  return reader
    .getRows()
    .map((row) => {
      const members = schema.fields.map(({ name, type }, i) => {
        return `${JSON.stringify(name)}:${canonicalJson(type, canonicalOf(row[i]!, type))}`;
      });
      return `{${members.join(',')}}`;
    })
    .sort();
}

function canonicalOf(value: DuckDBValue, type: DataType): unknown {
  if (value === null) return null;
  if (typeof type === 'object') return canonicalNested(value, type);
  const decimal = parseDecimalType(type);
  if (decimal !== undefined) {
    const { value: unscaled, scale } = value as DuckDBDecimalValue;
    return unscaled * 10n ** BigInt(decimal.scale - scale);
  }
  if (value instanceof DuckDBBlobValue)
    return type === 'string' ? Buffer.from(value.bytes).toString() : value.bytes;
  if (value instanceof DuckDBDateValue) return value.days;
  if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue) return value.micros;
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis * 1000n;
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos / 1000n;
  if (type === 'long') return BigInt(value as number | bigint);
  return value;
}

function canonicalNested(value: DuckDBValue, type: Exclude<DataType, string>): unknown {
  switch (type.type) {
    case 'array':
      return (value as DuckDBListValue).items.map((item) => canonicalOf(item, type.elementType));
    case 'map':
      return new Map(
        (value as DuckDBMapValue).entries.map(({ key, value: item }) => [
          canonicalOf(key, type.keyType),
          canonicalOf(item, type.valueType),
        ]),
      );
    case 'struct': {
      const { entries } = value as DuckDBStructValue;
      return Object.fromEntries(
        type.fields.map((field) => [field.name, canonicalOf(entries[field.name] ?? null, field.type)]),
      );
    }
  }
}
