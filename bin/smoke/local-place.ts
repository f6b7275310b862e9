import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuthority } from '../../local/certificates/authority.ts';
import { openThingRegistry } from '../../local/certificates/thing-registry.ts';
import { dataDirPaths } from '../../local/data-dir.ts';
import { iotRules } from '../../src/fleet/index.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { loadLakeTables } from '../../src/lake/lake-tables.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { openExistingLake } from '../lake.ts';
import type { SmokePlace } from './smoke-place.ts';

/**
 * What `npm start -- --mtls` runs on a data dir: its broker, its authority, its lake by DuckDB.
 *
 * @throws UsageError where nothing ever ran there
 */
export async function openLocalPlace(
  dataDir: string,
  endpoint: string,
  fleets: readonly Fleet[],
): Promise<SmokePlace> {
  const lake = openExistingLake(dataDir);
  const { certificates } = dataDirPaths(dataDir);
  const authority = await openAuthority(certificates);
  const registry = openThingRegistry(certificates);
  const engine = createDuckDbEngine({ stagingDirectory: join(tmpdir(), 'tributary-staging') });
  return {
    endpoint: () => Promise.resolve(endpoint),
    rules: iotRules(fleets),
    async certify(thing, requestPem) {
      const certificate = await authority.certifyDevice(requestPem);
      registry.register(thing, certificate);
      return { certificate, authority: authority.certificatePem };
    },
    // (a thing without certificates stays: the registry is this machine's alone)
    withdraw: ({ name }) => Promise.resolve(registry.revoke(name) ?? 0),
    lake,
    async ask(sql, signal) {
      const { tables, views } = await loadLakeTables(lake, fleets, { mentionedIn: sql });
      return engine.query({ sql, tables, views, signal });
    },
    askAgainMs: 500,
    async close() {
      await engine.close();
      registry.close();
    },
  };
}
