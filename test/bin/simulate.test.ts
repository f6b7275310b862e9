import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { writeFleetFile } from '../../device-sim/write-file.ts';
import { station, vehicles, weather } from '../../fleets/index.ts';
import { realDeps } from '../../src/delta/real-deps.ts';
import { columnOf } from '../../src/columns/select.ts';
import { createTableDecoder } from '../../src/decode/decoder.ts';
import { scan } from '../../src/delta/scan.ts';
import { loadSnapshot } from '../../src/delta/snapshot.ts';
import { openFileRows } from '../../src/files/file-rows.ts';
import { rowToMessage, tableSchema } from '../../src/fleet/index.ts';
import { backfill } from '../../src/ingest/backfill.ts';
import { createLake } from '../../src/ingest/lake.ts';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { prefixedStore } from '../../src/stores/object-store.ts';
import { runCli, runCliForJson, startCli, temporaryPath } from '../support/cli.ts';

type Verified = {
  readonly poisons: {
    readonly injected: number;
    readonly acknowledged: number;
    readonly quarantined: number;
  };
};

describe('devices that prove who they are', () => {
  it('are simulated with faults, and one that was registered speaks beside them', async () => {
    const dataDir = temporaryPath('data');
    const common = ['--data-dir', dataDir];
    const { child, ended, said } = startCli([
      'start',
      '--mtls',
      ...[
        '--fleet',
        'station',
        '--rate',
        '200',
        '--batch',
        '2',
        '--faults',
        'all,poison=0.05,disconnects=0.05',
      ],
      ...['--mqtt-port', '0', ...common],
    ]);
    let output = '';
    child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await said('Ctrl-C drains');
    const { stdout } = await runCli(
      'device',
      'register',
      'vehicle-0001',
      '--fleet',
      'vehicles',
      '--json',
      ...common,
    );
    const files = JSON.parse(stdout) as {
      readonly key: string;
      readonly certificate: string;
      readonly authority: string;
    };
    const endpoint = /mqtts:\/\/[\d.:]+/.exec(output)![0];
    const rows = temporaryPath('vehicle.csv');
    await writeFleetFile({ fleet: vehicles, file: rows, rows: 20, devices: 1, seed: 1, clock: Date.now });
    const sent = await runCliForJson(
      ...['simulate', '--endpoint', endpoint, '--fleet', 'vehicles', '--replay', rows, '--basic-ingest'],
      ...[
        '--thing',
        'vehicle-0001',
        '--cert',
        files.certificate,
        '--key',
        files.key,
        '--ca',
        files.authority,
      ],
      ...common,
    );
    expect(sent).toMatchObject({ devices: 1, messages: 20, acknowledged: 20 });
    child.kill('SIGINT');
    const outcome = await ended;
    expect(outcome.stderr).toBe('');
    expect(outcome.code).toBe(0);
    const verified = await runCliForJson<Verified>('verify', ...common);
    expect(verified).toMatchObject({ lost: 0, doubled: 0, pending: 0, foreign: 0 });
    expect(verified.poisons.injected).toBeGreaterThan(0);
    expect(verified.poisons.quarantined).toBe(verified.poisons.acknowledged);
  }, 90_000);
});

describe('a file of what devices would send', () => {
  const write = (name: string, request: Partial<Parameters<typeof writeFleetFile>[0]>) => {
    const file = temporaryPath(name);
    const since = Date.UTC(2015, 0, 1);
    return writeFleetFile({
      fleet: weather,
      file,
      rows: 1000,
      seed: 1,
      clock: () => 0,
      since,
      ...request,
    }).then((summary) => ({
      ...summary,
      file,
      digest: createHash('sha256').update(readFileSync(file)).digest('hex'),
    }));
  };
  const read = async (file: string) => {
    const rows = [];
    for await (const row of openFileRows(file)) rows.push(row.kind === 'row' ? row.fields : row.detail);
    return rows;
  };

  it('is backfilled twice, and the table has its rows once', async () => {
    const file = temporaryPath('weather.csv');
    const rows = 20_000;
    await runCliForJson('simulate', '--fleet', 'weather', '--to', file, '--rows', String(rows));
    expect(readFileSync(file, 'utf8').split('\n')[0]).toBe(
      'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh',
    );
    const table = weather.tables['observations']!;
    const decoder = createTableDecoder(table, tableSchema(table));
    const store = createMemoryStore();
    const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
    const run = () =>
      backfill(
        { table, digest, rows: openFileRows(file), batchRows: 8000 },
        { lake: createLake(store, realDeps), decoderOf: () => decoder, clock: Date.now },
      );
    expect(await run()).toEqual({ read: rows, rows, quarantined: 0 });
    expect(await run()).toEqual({ read: rows, rows: 0, quarantined: 0 });
    const observations = prefixedStore(store, 'weather/observations/');
    const places = new Map<unknown, number>();
    for await (const batch of scan(observations, (await loadSnapshot(observations))!, {
      columns: ['location'],
    })) {
      const column = columnOf(batch, 'location');
      for (let row = 0; row < batch.length; row++)
        places.set(column.values[row], (places.get(column.values[row]) ?? 0) + 1);
    }
    expect(Array.from(places.values())).toEqual(Array.from({ length: 10 }, () => rows / 10));
  }, 90_000);

  it('is the same for a seed and another one for another', async () => {
    const [one, again, other] = [
      await write('a.csv', {}),
      await write('b.csv', {}),
      await write('c.csv', { seed: 2 }),
    ];
    expect(again.digest).toBe(one.digest);
    expect(other.digest).not.toBe(one.digest);
    expect(one.bytes).toBe(readFileSync(one.file).length);
  });

  it('goes through time in turns of all devices, from when it was told or up to now', async () => {
    const times = async (request: Partial<Parameters<typeof writeFleetFile>[0]>) => {
      const { file } = await write('t.csv', { rows: 25, ...request });
      return (await read(file)).map((row) => (row as { readonly Date_Time: string }).Date_Time);
    };
    const since = await times({ since: Date.UTC(2015, 0, 1) });
    expect([since[0], since[9], since[10], since[24]]).toEqual([
      '2015-01-01 00:00:00',
      '2015-01-01 00:00:00',
      '2015-01-01 01:00:00',
      '2015-01-01 02:00:00',
    ]);
    const untilNow = await times({ since: undefined, clock: () => Date.UTC(2026, 0, 1, 12, 34) });
    expect([untilNow[0], untilNow[24]]).toEqual(['2026-01-01 10:00:00', '2026-01-01 12:00:00']);
  });

  it.each(
    [station, vehicles, weather].flatMap((fleet) =>
      Object.values(fleet.tables).map((table) => ({ fleet, table })),
    ),
  )('holds rows that their table takes back: $fleet.name $table.name', async ({ fleet, table }) => {
    const { file } = await write('back.csv', { fleet, table: table.name, rows: 30 });
    const decoder = createTableDecoder(table, tableSchema(table));
    const batch = decoder.newBatch(30);
    for (const [number, row] of (await read(file)).entries()) {
      const message = rowToMessage(table, row as Readonly<Record<string, unknown>>);
      if (message.kind !== 'message') throw new Error(message.detail);
      const origin = { stream: 'backfill/x', shard: '0', position: String(number) };
      const arrivedAt = Date.UTC(2026, 0, 1);
      expect(decoder.decode({ ...message, arrivedAt, origin }, batch).failures).toEqual([]);
    }
    expect(batch.finish().length).toBe(30);
  });

  it('can be NDJSON, packed, and of one of several tables', async () => {
    const { file } = await write('x.ndjson.gz', { fleet: vehicles, rows: 50 });
    const rows = await read(file);
    expect(rows).toHaveLength(50);
    expect(rows[0]).toMatchObject({ entity: 'vehicle-0001', time: '2015-01-01T00:00:00.000Z' });
    const humidity = await write('y.csv', { fleet: station, table: 'humidity', rows: 50 });
    expect(Object.keys((await read(humidity.file))[0]!)).toEqual(['board', 'msg']);
  });

  it.each([
    ['x.parquet', {}, /its name has to end in/],
    ['x.csv', { fleet: station }, /fleet station has several tables; pass --table with one of temperature/],
    ['x.csv', { table: 'alarms' }, /no table "alarms"; there are observations/],
    ['no/x.csv', {}, /cannot be written/],
  ] as const)('is refused: %s (%#)', async (name, request, message) => {
    await expect(write(name, request)).rejects.toThrow(message);
  });
});
