import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import mqtt from 'mqtt';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { dataDirPaths } from '../../local/data-dir.ts';
import { loadFleets } from '../../local/load-fleets.ts';
import { INGEST_CONSUMER, type Runtime, startRuntime } from '../../local/runtime.ts';
import { verifyLake } from '../../local/verify.ts';
import { createTableDecoder } from '../../src/decode/decoder.ts';
import { UsageError } from '../../src/errors.ts';
import { createRouter, tableSchema } from '../../src/fleet/index.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { drawSeed, seededRandom } from '../support/seed.ts';
import { temporaryFolder } from './temporary-folder.ts';

const observation = (n: number) =>
  JSON.stringify({
    location: 'Bern',
    timestamp: new Date(Date.now() - n * 1000).toISOString(),
    temperature_c: 20,
    humidity_pct: 50,
    precipitation_mm: 0,
    wind_speed_kmh: 3,
  });

async function start(
  dataDir: string,
  fleetsPath?: string,
): Promise<{ readonly runtime: Runtime; readonly fleets: readonly Fleet[] }> {
  const fleets = await loadFleets(fleetsPath);
  const runtime = await startRuntime({
    dataDir,
    fleets,
    fleetSources: fleetsPath === undefined ? [] : [fleetsPath],
    mqttPort: 0,
  });
  onTestFinished(() => runtime.stop());
  return { runtime, fleets };
}

async function connect(endpoint: string) {
  const client = await mqtt.connectAsync(endpoint, { reconnectPeriod: 0 });
  client.on('error', () => undefined); // killed brokers reset connections
  onTestFinished(() => void client.end(true));
  return client;
}

/** Stream against lake, exactly. */
function verify(dataDir: string, runtime: Runtime, fleets: readonly Fleet[]) {
  return verifyLake({
    stream: runtime.stream,
    router: createRouter(fleets),
    decoders: fleets.flatMap(({ tables }) =>
      Object.values(tables).map((table) => createTableDecoder(table, tableSchema(table))),
    ),
    lake: createFolderStore(dataDirPaths(dataDir).lake),
    checkpoints: runtime.stream.readCheckpoints(INGEST_CONSUMER),
    trimmedUntil: 0,
  });
}

describe('the runtime', () => {
  it('brings what devices publish into the tables and the quarantine', async () => {
    const dataDir = temporaryFolder();
    const { runtime, fleets } = await start(dataDir);
    const client = await connect(runtime.endpoint);
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        client.publishAsync(`weather/s${n % 7}/observation`, observation(n), { qos: 1 }),
      ),
    );
    await client.publishAsync('weather/s1/observation', 'no json', { qos: 1 });
    await client.publishAsync('elsewhere', 'not ours', { qos: 1 });
    await runtime.drain();
    expect(runtime.status()).toMatchObject({
      broker: { published: 102, streamed: 101, refused: 0 },
      stream: { records: 101 },
      ingest: { records: 101, failures: 0, givenUp: 0 },
    });
    expect(await verify(dataDir, runtime, fleets)).toMatchObject({
      records: 101,
      rows: 100,
      quarantined: 1,
      pending: 0,
      lost: 0,
      doubled: 0,
    });
    const log = readFileSync(join(dataDirPaths(dataDir).logs, 'ingest.log'), 'utf8');
    expect(log).toContain('"type":"platform.report"');
    expect(log).not.toContain('Warning');
  });

  it('settles: commits, rolls up, and takes nothing more', async () => {
    const dataDir = temporaryFolder();
    const { runtime, fleets } = await start(dataDir);
    const client = await connect(runtime.endpoint);
    await client.publishAsync('weather/s1/observation', observation(0), { qos: 1 });
    await runtime.settle();
    expect(runtime.status().schedule.last).toMatchObject([
      { step: 'recover', kind: 'succeeded', result: { recovered: 0, waiting: 0 } },
      { step: 'rollup', kind: 'succeeded' },
      { step: 'test-data', kind: 'succeeded' },
      { step: 'optimize', kind: 'succeeded', result: { complete: true } },
      { step: 'checkpoint', kind: 'succeeded' },
      { step: 'vacuum', kind: 'succeeded', result: { complete: true } },
      { step: 'retention', kind: 'succeeded', result: 0 },
    ]);
    expect(await verify(dataDir, runtime, fleets)).toMatchObject({ rows: 1, pending: 0, lost: 0 });
    await expect(
      mqtt.connectAsync(runtime.endpoint, { reconnectPeriod: 0, connectTimeout: 2_000 }),
    ).rejects.toThrow();
  });

  it('makes a rollup that is too large for one invocation in pieces', async () => {
    vi.stubEnv('ROLLUP_ROWS', '2');
    onTestFinished(() => void vi.unstubAllEnvs());
    const dataDir = temporaryFolder();
    const { runtime } = await start(dataDir);
    const client = await connect(runtime.endpoint);
    for (let day = 0; day < 5; day++)
      await client.publishAsync('weather/s1/observation', observation(day * 86_400), { qos: 1 });
    await runtime.settle();
    const rollups = runtime.status().schedule.last.find(({ step }) => step === 'rollup');
    expect(rollups).toMatchObject({
      result: expect.arrayContaining([
        expect.objectContaining({ rollup: 'weather/daily', kind: 'full', windows: 5, rows: 5 }),
      ]),
    });
    const log = readFileSync(join(dataDirPaths(dataDir).logs, 'rollup.log'), 'utf8');
    expect(log).toContain('"message":"piece made"');
  });

  it('runs fleets of a module anywhere, functions included', async () => {
    const folder = temporaryFolder();
    const module = join(folder, 'pumps.ts');
    writeFileSync(
      module,
      `import { defineFleet, double, table, text, topicLevel } from 'tributary';
       export const pumps = defineFleet({
         name: 'pumps',
         tables: {
           readings: table({
             topic: 'pumps/{pump}/reading',
             device: topicLevel('pump'),
             columns: { pump: text({ from: topicLevel('pump') }), pressure_bar: double({ min: 0, max: 40 }) },
           }),
         },
       });`,
    );
    const dataDir = join(folder, 'data');
    const { runtime, fleets } = await start(dataDir, module);
    const client = await connect(runtime.endpoint);
    await client.publishAsync('pumps/p1/reading', '{"pressure_bar":3}', { qos: 1 });
    await client.publishAsync('pumps/p1/reading', '{"pressure_bar":300}', { qos: 1 });
    await client.publishAsync('weather/s1/observation', observation(0), { qos: 1 });
    await runtime.drain();
    expect(await verify(dataDir, runtime, fleets)).toMatchObject({
      records: 2,
      rows: 1,
      quarantined: 1,
      lost: 0,
      doubled: 0,
    });
  });

  it('takes up after a stop what was on the stream', async () => {
    const dataDir = temporaryFolder();
    const first = await start(dataDir);
    const client = await connect(first.runtime.endpoint);
    for (let n = 0; n < 20; n++)
      await client.publishAsync('weather/s1/observation', observation(n), { qos: 1 });
    await first.runtime.stop();
    const second = await start(dataDir);
    expect(second.runtime.stream.identity).toEqual(first.runtime.stream.identity);
    await second.runtime.drain();
    expect(await verify(dataDir, second.runtime, second.fleets)).toMatchObject({
      rows: 20,
      lost: 0,
      doubled: 0,
      pending: 0,
    });
  });

  it('says so where ingest can do nothing but fail, and goes on once it can', async () => {
    const dataDir = temporaryFolder();
    const { runtime, fleets } = await start(dataDir);
    const { lake } = dataDirPaths(dataDir);
    rmSync(lake, { recursive: true });
    writeFileSync(lake, 'a file where the lake belongs');
    const client = await connect(runtime.endpoint);
    await client.publishAsync('weather/s1/observation', observation(0), { qos: 1 });
    await expect.poll(() => runtime.status().ingest.failuresInARow, { timeout: 20_000 }).toBeGreaterThan(1);
    expect(runtime.status().ingest.lastError).toMatch(/FunctionError: function ingest failed/);
    rmSync(lake);
    mkdirSync(lake);
    await runtime.drain();
    expect(await verify(dataDir, runtime, fleets)).toMatchObject({ rows: 1, lost: 0, doubled: 0 });
    expect(runtime.status().ingest).toMatchObject({ failuresInARow: 0, givenUp: 0 });
  });
});

describe('a start that cannot be', () => {
  it('for a port in use is refused, and the data dir let go', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const dataDir = temporaryFolder();
    const options = { dataDir, fleets: await loadFleets(), fleetSources: [] };
    await expect(startRuntime({ ...options, mqttPort: port })).rejects.toThrow(
      new UsageError(`port ${port} is in use: pass --mqtt-port 0 or another`),
    );
    await (await startRuntime({ ...options, mqttPort: 0 })).stop();
  });

  it('for a data dir in use is refused', async () => {
    const dataDir = temporaryFolder();
    const { fleets } = await start(dataDir);
    await expect(startRuntime({ dataDir, fleets, fleetSources: [], mqttPort: 0 })).rejects.toThrow(
      UsageError,
    );
  });
});

describe('a laptop that is killed at random moments', () => {
  it('has everything that it acknowledged in its tables, once', { timeout: 120_000 }, async () => {
    const random = seededRandom(drawSeed('killed laptop'));
    const dataDir = temporaryFolder();
    const program = fileURLToPath(new URL('./fixtures/runtime-process.ts', import.meta.url));
    let acknowledged = 0;
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, dataDir], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      const [endpoint] = (await once(child.stdout, 'data')) as [Buffer];
      const client = await connect(endpoint.toString().trim());
      const exited = once(child, 'exit');
      const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
      void sleep(200 + random() * 2_500).then(() => child.kill('SIGKILL'));
      const lanes = Array.from({ length: 10 }, async (_, lane) => {
        while (client.connected) {
          const publishing = client.publishAsync(`weather/s${lane}/observation`, observation(acknowledged), {
            qos: 1,
          });
          publishing.catch(() => undefined); // not acknowledged: not promised
          if ((await Promise.race([publishing, closed.then(() => 'closed')])) === 'closed') return;
          acknowledged++;
        }
      });
      await Promise.all([...lanes, exited]);
    }
    const { runtime, fleets } = await start(dataDir);
    await runtime.drain();
    const verification = await verify(dataDir, runtime, fleets);
    expect(verification).toMatchObject({ pending: 0, lost: 0, doubled: 0 });
    expect(acknowledged).toBeGreaterThan(0);
    expect(verification.rows).toBeGreaterThanOrEqual(acknowledged);
    expect(existsSync(join(dataDir, 'stream.db'))).toBe(true);
  });
});
