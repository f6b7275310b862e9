import { selectRows } from '../src/columns/select.ts';
import { sortPermutation } from '../src/columns/sort.ts';
import type { ColumnBatch } from '../src/columns/column.ts';
import { commit } from '../src/delta/commit.ts';
import { writeFiles } from '../src/delta/write-files.ts';
import { collectStatistics, formatStatistics } from '../src/delta/statistics.ts';
import { decodeBatch } from '../src/ingest/decode-batch.ts';
import { ingestBatch } from '../src/ingest/ingest-batch.ts';
import { beginEpochs } from '../src/ingest/epochs.ts';
import { openShares } from '../src/ingest/open-shares.ts';
import { encodeParquet } from '../src/parquet/encode-parquet.ts';
import { createMemoryStore } from '../src/stores/memory-store.ts';
import type { ShardRun } from '../src/streams/stream.ts';
import { realDeps } from '../src/delta/real-deps.ts';
import { formatBudget, formatMeasured, measureInterleaved, type Stage } from './measure.ts';
import { benchTable, createBenchEnvironment, makeRun } from './readings.ts';

const RECORDS = 10_000;
/** Times `JSON.parse` alone (design §8): where it shall come to, and what had to be reached first. */
const BUDGET = 1;
const FIRST_STEP = 2;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * A warm batch through to a lake in memory, beside `JSON.parse` alone over the same bytes; then its stages one by one. The
 * stages stand for themselves: together they miss what lies between them.
 */
export async function benchIngest(rounds: number): Promise<void> {
  const environment = createBenchEnvironment();
  let batch = 0;
  const whole: Stage<ShardRun> = {
    name: 'ingest, all of it',
    prepare: () => makeRun(RECORDS, batch++),
    run: async (run) => {
      const report = await ingestBatch([run], environment);
      if (report.quarantined > 0 || report.rows['bench/readings'] !== RECORDS)
        throw new Error('rows are missing');
    },
  };
  const run = makeRun(RECORDS);
  const stages = [parseAlone(run), whole, ...(await stagesOf(run)), parseEvent(run)];
  const measured = await measureInterleaved(stages as readonly Stage[], { rounds, warmUp: 20 });
  const bytes = run.records.reduce((sum, { payload }) => sum + payload.length, 0) / RECORDS;
  console.log(
    `ingest: ${RECORDS} records of ${bytes.toFixed(0)} B, ${benchTable.columns.length} columns, ${rounds} rounds`,
  );
  console.log(formatMeasured(measured));
  const { median } = measured.find(({ name }) => name === whole.name)!.ratios;
  console.log(formatBudget('ingest', median, BUDGET, '× JSON.parse alone'));
  console.log(formatBudget('ingest, first step', median, FIRST_STEP, '× JSON.parse alone'));
}

function parseAlone({ records }: ShardRun): Stage {
  return {
    name: 'JSON.parse alone',
    run: () => {
      for (const { payload } of records) JSON.parse(utf8.decode(payload));
    },
  };
}

/** What the event costs before a record is seen: Lambda's runtime parses it, the handler undoes base64. */
function parseEvent({ records }: ShardRun): Stage {
  const event = JSON.stringify({
    Records: records.map(({ key, payload, position, arrivedAt }) => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: key,
        sequenceNumber: position,
        data: Buffer.from(payload).toString('base64'),
        approximateArrivalTimestamp: arrivedAt / 1000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `shardId-000000000000:${position}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: 'arn:aws:iam::123456789012:role/ingest',
      awsRegion: 'eu-central-1',
      eventSourceARN: 'arn:aws:kinesis:eu-central-1:123456789012:stream/bench',
    })),
  });
  return {
    name: "beside it: the event's JSON and base64",
    run: () => {
      const { Records } = JSON.parse(event) as { readonly Records: readonly { kinesis: { data: string } }[] };
      for (const { kinesis } of Records) Buffer.from(kinesis.data, 'base64');
    },
  };
}

async function stagesOf(run: ShardRun): Promise<Stage[]> {
  const environment = createBenchEnvironment();
  const epochs = await beginEpochs([run], environment.definition, environment.lake);
  const opened = await openShares([run], { epochs, fenced: new Set() }, environment);
  const decode = () => decodeBatch([run], opened, environment).shares[0]!;
  const { batch, sortBy, table } = decode();
  const sort = (): ColumnBatch => {
    const order = sortPermutation(batch, sortBy);
    return order === undefined ? batch : selectRows(batch, order);
  };
  const sorted = sort();
  const { summaries } = encodeParquet(sorted);
  const store = createMemoryStore();
  const { partitionColumns } = table.wish;
  const adds = await writeFiles(store, sorted, { partitionColumns, sortBy }, realDeps);
  console.log(`a file of ${adds.reduce((sum, { size }) => sum + size, 0)} bytes`);
  let base = table.state;
  return [
    { name: '  decode and validate', run: decode },
    { name: '  sort', run: sort },
    { name: '  encode', run: () => encodeParquet(sorted) },
    { name: '  statistics', run: () => formatStatistics(collectStatistics(sorted, summaries)) },
    {
      name: '  commit',
      run: async () => {
        ({ state: base } = await commit(
          table.store,
          { base, operation: 'STREAMING UPDATE', adds, reads: 'nothing' },
          realDeps,
        ));
      },
    },
  ];
}
