import type { StructType } from '../src/columns/types.ts';
import { TributaryError } from '../src/errors.ts';
import { athenaType, glueType } from '../src/fleet/glue-type.ts';

/** SQL under a name, over tables and views of the same database. */
export type View = { readonly name: string; readonly sql: string };

/** A view as Athena finds it in the Glue catalog. */
export type PrestoView = {
  /** a comment that holds the definition as JSON in base64 */
  readonly text: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
};

/**
 * A view's SQL for Athena. Names and types of its columns stand three times (in the SELECT, in the JSON and in the catalog), and
 * Athena calls the view stale where they disagree. The catalog has no name for a timestamp with a zone, which is what Delta's
 * timestamps are in Athena: the view has them in UTC without one, in milliseconds.
 *
 * @param schema what the SQL gives; what has no zone there is in milliseconds already
 */
export function prestoView(databaseName: string, sql: string, schema: StructType): PrestoView {
  const columns = schema.fields.map(({ name, type }) => {
    if (typeof type === 'string') return { name, type };
    throw new TributaryError(`column ${name} is nested: a view for Athena has plain columns only`);
  });
  const selected = columns.map(({ name, type }) => {
    const quoted = `"${name}"`;
    return type === 'timestamp'
      ? `CAST(${quoted} AT TIME ZONE 'UTC' AS ${athenaType(type)}) AS ${quoted}`
      : quoted;
  });
  const isZoned = columns.some(({ type }) => type === 'timestamp');
  const definition = {
    originalSql: isZoned ? `SELECT ${selected.join(', ')} FROM (${sql}) AS source` : sql,
    catalog: 'awsdatacatalog',
    schema: databaseName,
    columns: columns.map(({ name, type }) => ({ name, type: athenaType(type) })),
  };
  const json = Buffer.from(JSON.stringify(definition)).toString('base64');
  return {
    text: `/* Presto View: ${json} */`,
    columns: columns.map(({ name, type }) => ({ name, type: glueType(type) })),
  };
}
