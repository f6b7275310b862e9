import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataDirPaths } from '../../local/data-dir.ts';
import { writeFailedBatch } from '../../local/failed-batches.ts';
import { streamArn } from '../../local/kinesis-event.ts';
import { loadFleets } from '../../local/load-fleets.ts';
import { createRecovery, type RecoveryEvent } from '../../local/recovery.ts';
import { INGEST_CONSUMER, startRuntime } from '../../local/runtime.ts';
import { openSqliteStream } from '../../local/sqlite-stream.ts';
import { verifyLake } from '../../local/verify.ts';
import { createTableDecoder } from '../../src/decode/decoder.ts';
import { createRouter, tableSchema } from '../../src/fleet/index.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { temporaryFolder } from './temporary-folder.ts';

describe('the recovery', () => {
  it('tries what fails again, each time after twice as long', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a.json'), '{}');
    writeFileSync(join(folder, 'b.json'), '{}');
    writeFileSync(join(folder, 'c.json.123.tmp'), '{}');
    let now = 0;
    const tried: [number, string][] = [];
    const reports: RecoveryEvent[] = [];
    const recovery = createRecovery({
      folder,
      clock: () => now,
      report: (event) => reports.push(event),
      invoke(event) {
        const key = decodeURIComponent(event.Records[0]!.s3.object.key);
        tried.push([now, key.slice(-6)]);
        return key.endsWith('b.json') ? Promise.resolve({}) : Promise.reject(new Error('still sick'));
      },
    });
    expect(await recovery.run()).toEqual({ recovered: 1, waiting: 1 });
    for (now = 10_000; now <= 210_000; now += 10_000) await recovery.run();
    const times = tried.filter(([, file]) => file === 'a.json').map(([at]) => at);
    expect(times).toEqual([0, 30_000, 90_000, 210_000]);
    expect(reports.at(-1)).toMatchObject({ kind: 'recovery-failed', file: 'a.json', attempts: 4 });
    recovery.hurry();
    await recovery.run();
    expect(tried.at(-2)).toEqual([220_000, 'a.json']);
  });

  it('brings back what a laptop had given up on, before the rollups run', { timeout: 60_000 }, async () => {
    const dataDir = temporaryFolder();
    const paths = dataDirPaths(dataDir);
    mkdirSync(paths.failedBatches, { recursive: true });
    const stream = openSqliteStream(paths.stream, { clock: Date.now });
    const observation = (n: number) => ({
      key: `weather/s${n}/observation`,
      payload: Buffer.from(
        n === 3
          ? 'no json'
          : JSON.stringify({
              location: 'Bern',
              timestamp: new Date(Date.now() - n * 1000).toISOString(),
              temperature_c: 20,
              humidity_pct: 50,
              precipitation_mm: 0,
              wind_speed_kmh: 3,
            }),
      ),
    });
    await stream.append(Array.from({ length: 10 }, (_, n) => observation(n)));
    const checkpoints = stream.checkpoints(INGEST_CONSUMER);
    for (const shard of await stream.shards()) {
      const records = await stream.read(shard, undefined, 100);
      if (records.length === 0) continue;
      await writeFailedBatch(paths.failedBatches, {
        arn: streamArn(stream.identity),
        shard,
        functionArn: 'arn',
        records,
        condition: 'RetryAttemptsExhausted',
        invocations: 101,
        unhandled: true,
        at: Date.now(),
      });
      checkpoints.save(shard, records.at(-1)!.position);
    }
    stream.close();
    const files = readdirSync(paths.failedBatches);
    const fleets = await loadFleets();
    const runtime = await startRuntime({ dataDir, fleets, fleetSources: [], mqttPort: 0 });
    try {
      const verify = () =>
        verifyLake({
          stream: runtime.stream,
          router: createRouter(fleets),
          decoders: fleets.flatMap(({ tables }) =>
            Object.values(tables).map((table) => createTableDecoder(table, tableSchema(table))),
          ),
          lake: createFolderStore(paths.lake),
          checkpoints: runtime.stream.readCheckpoints(INGEST_CONSUMER),
          trimmedUntil: 0,
        });
      expect(await verify()).toMatchObject({ lost: 10, doubled: 0 });
      await runtime.settle();
      expect(runtime.status().schedule.last[0]).toMatchObject({
        step: 'recover',
        result: { recovered: files.length, waiting: 0 },
      });
      expect(await verify()).toMatchObject({ rows: 9, quarantined: 1, lost: 0, doubled: 0 });
      expect(readdirSync(paths.failedBatches)).toEqual([]);
      for (const file of files)
        expect(existsSync(join(dataDir, 'recovered/failed-batches', file))).toBe(true);
    } finally {
      await runtime.stop();
    }
  });
});
