import { createTableDecoder, type TableDecoder } from '../../src/decode/decoder.ts';
import { createRouter, tableSchema } from '../../src/fleet/index.ts';
import type { Table } from '../../src/fleet/model.ts';
import type { IngestDeps } from '../../src/ingest/ingest-batch.ts';
import { createLake } from '../../src/ingest/lake.ts';
import { configuredFleets, deltaDeps, openLakeStore } from './environment.ts';

/** What turns messages into rows of the lake, for the life of an environment. A decoder is made when its table is met. */
export function createIngestDeps(): IngestDeps {
  const decoders = new Map<Table, TableDecoder>();
  return {
    lake: createLake(openLakeStore(), deltaDeps),
    router: createRouter(configuredFleets()),
    decoderOf(table) {
      const decoder = decoders.get(table) ?? createTableDecoder(table, tableSchema(table));
      decoders.set(table, decoder);
      return decoder;
    },
  };
}
