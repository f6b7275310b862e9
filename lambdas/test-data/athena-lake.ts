import { lakeOfCatalog } from '../../src/models/lake-of-catalog.ts';
import { createAthenaEngine } from '../../src/sql/athena.ts';
import { athenaPlace } from '../shared/environment.ts';
import type { OpenTestedLake } from './files-lake.ts';

/** The lake as its users see it: whatever its size, the work is Athena's. It takes the place of `#tested-lake` in the bundle. */
export function openTestedLake(): OpenTestedLake {
  const engine = createAthenaEngine(athenaPlace());
  return { lake: lakeOfCatalog(engine), close: () => engine.close() };
}
