import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { scan } from '../../../src/delta/scan.ts';
import { loadSnapshot } from '../../../src/delta/snapshot.ts';
import { createTable } from '../../../src/delta/create-table.ts';
import { createS3Store } from '../../../src/stores/s3-store.ts';
import { createDeps } from '../../support/delta-rig.ts';
import { ndjsonRows } from '../../../src/columns/canonical.ts';
import type { Check } from '../check.ts';
import { runRace } from '../race/run-race.ts';
import { raceSchema, racerOf, ROWS_PER_COMMIT } from '../race/table.ts';
import { REGION, S3_SERVERS, withS3 } from '../s3-servers.ts';

const WRITERS = 16;
const COMMITS = 100;
const BUCKET = 'race';

/** Every commit of every process stands once, whatever the order in which they came through. */
export const s3Race: readonly Check[] = S3_SERVERS.map((server) => ({
  name: `${WRITERS} processes race ${COMMITS} commits each into one table, and none is lost or doubled (${server.name})`,
  needs: [server.need],
  run: () =>
    withS3(server, async (env) => {
      const client = new S3Client({
        endpoint: env['AWS_ENDPOINT_URL']!,
        region: REGION,
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        forcePathStyle: true,
      });
      const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
      await client.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration }));
      const store = createS3Store({
        client: () => Promise.resolve(client),
        bucket: BUCKET,
        prefix: 'table/',
      });
      await createTable(store, { schema: raceSchema, partitionColumns: [] }, createDeps());
      const { lost, seconds } = await runRace(`s3://${BUCKET}/table`, {
        writers: WRITERS,
        commits: COMMITS,
        env,
      });
      const rate = ((WRITERS * COMMITS) / seconds).toFixed(0);
      console.log(`${server.name}: ${WRITERS * COMMITS} commits, ${rate}/s, ${lost} races lost`);
      const snapshot = (await loadSnapshot(store))!;
      if (snapshot.version !== WRITERS * COMMITS)
        throw new Error(`version ${snapshot.version} after ${WRITERS * COMMITS} commits`);
      for (let writer = 0; writer < WRITERS; writer++) {
        const reached = snapshot.txns.get(racerOf(writer));
        if (reached !== COMMITS - 1) throw new Error(`writer ${writer}'s txn says ${reached}`);
      }
      const rows: string[] = [];
      for await (const batch of scan(store, snapshot)) rows.push(...ndjsonRows(batch));
      const distinct = new Set(rows).size;
      const expected = WRITERS * COMMITS * ROWS_PER_COMMIT;
      if (rows.length !== expected || distinct !== expected)
        throw new Error(`${rows.length} rows, ${distinct} of them distinct, for ${expected}`);
    }),
}));
