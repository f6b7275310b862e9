import { textRows } from '../columns/canonical.ts';
import type { CatalogEngine } from '../sql/sql-engine.ts';
import type { TestedLake } from './tested-lake.ts';

/** Far below what an account may ask at the same time: others ask too. */
const AT_ONCE = 4;

/** A lake by the catalog that lists its tables. Knows nothing of files: what is made of it needs no engine of its own. */
export function lakeOfCatalog(engine: CatalogEngine, signal?: AbortSignal): TestedLake {
  const ask = (sql: string) => engine.query({ sql, ...(signal === undefined ? {} : { signal }) });
  let names: Promise<ReadonlySet<string>> | undefined;
  const listTables = async () => {
    const listed = textRows(await ask('SHOW TABLES'));
    return new Set(Array.from(listed, ([name = '']) => name));
  };
  return {
    async has({ name }) {
      names ??= listTables();
      return (await names).has(name);
    },
    ask,
    atOnce: AT_ONCE,
  };
}
