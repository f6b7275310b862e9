import middy from '@middy/core';
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { createTableDecoder, type TableDecoder } from '../../src/decode/decoder.ts';
import { realDeps } from '../../src/delta/real-deps.ts';
import { createRouter, tableSchema } from '../../src/fleet/index.ts';
import type { Table } from '../../src/fleet/model.ts';
import { ingestBatch } from '../../src/ingest/ingest-batch.ts';
import { createLake } from '../../src/ingest/lake.ts';
import { configuredFleets, openLakeStore } from '../shared/environment.ts';
import { logInvocation } from '../shared/log-invocation.ts';
import { parseKinesisEvent } from './kinesis-event.ts';
import { createStreamIdentifier } from './stream-identity.ts';

const decoders = new Map<Table, TableDecoder>();
const deps = {
  lake: createLake(openLakeStore(), realDeps),
  router: createRouter(configuredFleets()),
  decoderOf(table: Table) {
    const decoder = decoders.get(table) ?? createTableDecoder(table, tableSchema(table));
    decoders.set(table, decoder);
    return decoder;
  },
};
const identify = createStreamIdentifier();

/**
 * Kinesis batch → commits. It answers with no failed items or rejects as a whole: a batch that comes again skips what
 * its tables hold, so there is nothing to gain from naming a first failed record.
 */
export const handler = middy<KinesisStreamEvent, KinesisStreamBatchResponse>()
  .use(logInvocation('ingest'))
  .handler(async (event) => {
    const report = await ingestBatch(await parseKinesisEvent(event, identify), deps);
    console.log(JSON.stringify({ level: 'INFO', message: 'batch committed', ...report }));
    return { batchItemFailures: [] };
  });
