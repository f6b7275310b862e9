import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fleet } from '../../src/fleet/model.ts';
import { lakeOfFiles } from '../../src/models/lake-of-files.ts';
import type { TestedLake } from '../../src/models/tested-lake.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { openLakeStore } from '../shared/environment.ts';

export type OpenTestedLake = { readonly lake: TestedLake; readonly close: () => Promise<void> };

/** The lake by its files, as DuckDB reads them. */
export function openTestedLake(fleets: readonly Fleet[]): OpenTestedLake {
  const engine = createDuckDbEngine({ stagingDirectory: join(tmpdir(), 'tributary-staging') });
  return { lake: lakeOfFiles(openLakeStore(), fleets, engine), close: () => engine.close() };
}
