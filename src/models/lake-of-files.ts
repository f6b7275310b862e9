import { loadTableState } from '../delta/snapshot.ts';
import type { Fleet } from '../fleet/model.ts';
import { loadLakeTables } from '../lake/lake-tables.ts';
import type { SqlEngine } from '../sql/sql-engine.ts';
import { type ObjectStore, prefixedStore } from '../stores/object-store.ts';
import type { TestedLake } from './tested-lake.ts';

/** A lake by its files. `known`: all fleets of the lake. */
export function lakeOfFiles(lake: ObjectStore, known: readonly Fleet[], engine: SqlEngine): TestedLake {
  return {
    has: async ({ path }) => (await loadTableState(prefixedStore(lake, `${path}/`))) !== undefined,
    ask: async (sql) => engine.query({ sql, ...(await loadLakeTables(lake, known, { mentionedIn: sql })) }),
    // each has the engine's memory and threads to itself
    atOnce: 1,
  };
}
