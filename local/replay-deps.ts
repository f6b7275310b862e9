import { createTableDecoder } from '../src/decode/decoder.ts';
import { createRouter, tableSchema } from '../src/fleet/index.ts';
import type { Fleet, Table } from '../src/fleet/model.ts';
import { createLake } from '../src/ingest/lake.ts';
import type { ReplayDeps } from '../src/ingest/replay-origins.ts';
import type { ObjectStore } from '../src/stores/object-store.ts';
import { realDeps } from './real-deps.ts';

/**
 * What a replay of the quarantine needs. It may run beside a running product: it writes to the same tables, and commits tell
 * who was first.
 */
export function createReplayDeps(lake: ObjectStore, fleets: readonly Fleet[]): ReplayDeps {
  const decoders = new Map(
    fleets.flatMap(({ tables }) =>
      Object.values(tables).map((table) => [table, createTableDecoder(table, tableSchema(table))] as const),
    ),
  );
  return {
    lake: createLake(lake, realDeps),
    router: createRouter(fleets),
    decoderOf: (table: Table) => decoders.get(table)!,
  };
}
