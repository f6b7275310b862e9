import { type AthenaAnswer, type AthenaColumn } from '../../support/athena-server.ts';
import { askTrino, type TrinoColumn } from './query.ts';

/**
 * Answers as Athena does, by asking Trino, of which Athena's engine is one: texts for values, columns by Athena's names of
 * types. How Athena writes them is read in its documentation, and not seen.
 *
 * @param database Trino's schema of that name has the tables
 */
export async function askAsAthena(endpoint: string, sql: string, database: string): Promise<AthenaAnswer> {
  const { columns, rows } = await askTrino(endpoint, sql, database);
  return {
    kind: /^\s*(?:select|with|values|\()/i.test(sql) ? 'DML' : 'UTILITY',
    columns: columns.map(athenaColumn),
    rows: rows.map((row) => row.map((value, i) => athenaText(value, columns[i]!.type))),
  };
}

function athenaColumn({ name: Name, type }: TrinoColumn): AthenaColumn {
  const decimal = /^decimal\((\d+),\s*(\d+)\)$/.exec(type);
  if (decimal !== null)
    return { Name, Type: 'decimal', Precision: Number(decimal[1]), Scale: Number(decimal[2]) };
  const plain = type.replace(/\(.*?\)/, '');
  return { Name, Type: plain === 'real' ? 'float' : plain };
}

function athenaText(value: unknown, type: string): string | null {
  if (value === null) return null;
  if (type === 'varbinary')
    return Array.from(Buffer.from(value as string, 'base64'), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join(' ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
