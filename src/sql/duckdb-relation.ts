import type { StructField } from '../columns/types.ts';
import { duckDbTypeOf } from './duckdb-types.ts';
import { quoteName, quoteText } from './quote.ts';
import type { SqlTable } from './sql-engine.ts';

/** Where the partition values of tables are kept, out of sight of SHOW TABLES. */
const FILES_SCHEMA = 'data_files';

/**
 * The statements that make a table's view: its columns by name, in the schema's order and types, whatever each file holds;
 * columns that a file lacks are null; partition columns come from the log, because data files do not hold them. `paths`:
 * the local paths of `table.files`, in their order, without characters that DuckDB takes for a pattern.
 */
export function relationStatements(table: SqlTable, paths: readonly string[]): string[] {
  const { fields } = table.schema;
  const view = `CREATE VIEW ${quoteName(table.name)} AS`;
  if (paths.length === 0) {
    return [
      `${view} SELECT ${fields.map((each) => `${nullOf(each)} AS ${quoteName(each.name)}`).join(', ')} WHERE false`,
    ];
  }
  const partitions = fields.filter((each) => table.partitionColumns.includes(each.name));
  const stored = fields.filter((each) => !table.partitionColumns.includes(each.name));
  const [first] = table.files;
  const uniform = table.files.every((file) =>
    partitions.every(({ name }) => file.partitionValues[name] === first?.partitionValues[name]),
  );
  if (uniform) {
    const columns = fields.map((each) =>
      partitions.includes(each)
        ? `${partitionLiteral(each, first?.partitionValues[each.name])} AS ${quoteName(each.name)}`
        : quoteName(each.name),
    );
    return [`${view} SELECT ${columns.join(', ')} FROM ${readParquet(stored, paths)}`];
  }
  // A join with the files' values lets DuckDB skip files by partition, and stays fast for thousands of files, where a
  // UNION of one scan a partition took seconds to plan.
  const files = `${FILES_SCHEMA}.${quoteName(table.name)}`;
  const lists = partitions.map((each) => {
    const values = table.files.map((file) => partitionLiteral(each, file.partitionValues[each.name]));
    return `unnest([${values.join(', ')}]) AS ${quoteName(each.name)}`;
  });
  const columns = fields.map((each) => `${partitions.includes(each) ? 'f' : 'd'}.${quoteName(each.name)}`);
  return [
    `CREATE SCHEMA IF NOT EXISTS ${FILES_SCHEMA}`,
    `CREATE TABLE ${files} AS SELECT unnest([${paths.map(quoteText).join(', ')}]) AS filename, ${lists.join(', ')}`,
    `${view} SELECT ${columns.join(', ')} FROM ${readParquet(stored, paths)} d JOIN ${files} f ON d.filename = f.filename`,
  ];
}

function readParquet(stored: readonly StructField[], paths: readonly string[]): string {
  const columns = stored.map(
    ({ name, type }) =>
      `${quoteText(name)}: {'name': ${quoteText(name)}, 'type': ${quoteText(duckDbTypeOf(type))}, 'default_value': NULL}`,
  );
  // the schema is the log's: no file is opened to find it, and each file is matched to it by column name
  const schema = columns.length === 0 ? '' : `, schema = MAP {${columns.join(', ')}}`;
  return `read_parquet([${paths.map(quoteText).join(', ')}], filename = true, hive_partitioning = false${schema})`;
}

/** Delta's partition strings: "" is null too ("Partition Value Serialization"). */
function partitionLiteral(column: StructField, value: string | null | undefined): string {
  if (value === null || value === undefined || value === '') return nullOf(column);
  return `CAST(${quoteText(value)} AS ${duckDbTypeOf(column.type)})`;
}

function nullOf(column: StructField): string {
  return `CAST(NULL AS ${duckDbTypeOf(column.type)})`;
}
