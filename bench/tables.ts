/**
 * What partitions, statistics and order within files spare a query: bytes that are read of each shipped table for a question of
 * its kind, beside the bytes of the same columns of the whole table. Tables are filled by the fleets' own devices and
 * compacted as the schedule does it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../device-sim/random.ts';
import { loadFleets } from '../local/load-fleets.ts';
import { optimize } from '../src/delta/optimize.ts';
import { realDeps } from '../src/delta/real-deps.ts';
import { scan, type ScanOptions } from '../src/delta/scan.ts';
import { loadSnapshot } from '../src/delta/snapshot.ts';
import { timestampBounds } from '../src/delta/stats.ts';
import { fillTopic } from '../src/fleet/index.ts';
import type { Fleet } from '../src/fleet/model.ts';
import { ingestBatch } from '../src/ingest/ingest-batch.ts';
import { createIngestDeps } from '../src/ingest/ingest-deps.ts';
import { createLake } from '../src/ingest/lake.ts';
import { createFolderStore } from '../src/stores/folder-store.ts';
import { type ObjectStore, prefixedStore } from '../src/stores/object-store.ts';
import type { StreamRecord } from '../src/streams/stream.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const END = Date.UTC(2024, 6, 1);

/** What devices live through, and how often they are asked meanwhile. */
const LIVES: Readonly<Record<string, { readonly span: number; readonly step: number }>> = {
  weather: { span: 1095 * DAY, step: HOUR },
  vehicles: { span: 3 * DAY, step: 5000 },
  transport: { span: 90 * DAY, step: 15 * MINUTE },
  factory: { span: 5 * DAY, step: MINUTE },
};

/** A question: these columns, for the last stretch of the time. */
const QUESTIONS: readonly {
  readonly table: string;
  readonly columns: readonly string[];
  readonly last: number;
}[] = [
  { table: 'weather/observations', columns: ['location', 'observed_at', 'temperature_c'], last: 30 * DAY },
  { table: 'vehicles/telemetry', columns: ['entity', 'time', 'temp'], last: HOUR },
  { table: 'transport/performance', columns: ['unit', 'created_at', 'speed_km_h'], last: 7 * DAY },
  { table: 'transport/locations', columns: ['unit', 'located_at', 'latitude', 'longitude'], last: 7 * DAY },
  { table: 'factory/states', columns: ['line', 'reported_at', 'state'], last: 8 * HOUR },
  { table: 'factory/counts', columns: ['line', 'counter', 'reported_at', 'acc_count'], last: 8 * HOUR },
  { table: 'factory/speeds', columns: ['line', 'reported_at', 'speed'], last: 8 * HOUR },
];

export async function benchTables(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-tables-'));
  try {
    const store = createFolderStore(folder);
    const fleets = (await loadFleets()).filter(({ name }) => LIVES[name] !== undefined);
    for (const fleet of fleets) await fill(store, fleet);
    console.log('tables: bytes read for a question, of all bytes of its columns, of all bytes of the table');
    for (const question of QUESTIONS) console.log(await ask(store, fleets, question));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function fill(store: ObjectStore, fleet: Fleet): Promise<void> {
  const { span, step } = LIVES[fleet.name]!;
  const deps = createIngestDeps(createLake(store, realDeps), [fleet]);
  const devices = Array.from({ length: fleet.simulation!.devices }, (_, index) =>
    fleet.simulation!.device(index, createRandom(1, fleet.name, index)),
  );
  let records: StreamRecord[] = [];
  let position = 0;
  const flush = async () => {
    if (records.length > 0)
      await ingestBatch([{ stream: { kind: 'backfill', id: fleet.name }, shard: '0', records }], deps);
    records = [];
  };
  for (let at = END - span; at < END; at += step) {
    for (const device of devices) {
      for (const { table, levels, payload } of device.next(at)) {
        const key = fillTopic(fleet.tables[table]!.segments, levels)!;
        const bytes = Buffer.from(JSON.stringify(payload));
        records.push({ key, payload: bytes, position: String(++position), arrivedAt: at });
      }
    }
    if (records.length >= 100_000) await flush();
  }
  await flush();
  for (const { name, sortBy } of Object.values(fleet.tables))
    await optimize(prefixedStore(store, `${fleet.name}/${name}/`), { sortBy }, realDeps);
}

async function ask(
  store: ObjectStore,
  fleets: readonly Fleet[],
  { table, columns, last }: (typeof QUESTIONS)[number],
): Promise<string> {
  const [fleetName = '', name = ''] = table.split('/');
  const definition = fleets.find((fleet) => fleet.name === fleetName)!.tables[name]!;
  const snapshot = (await loadSnapshot(prefixedStore(store, `${table}/`)))!;
  const times = snapshot.files.map((file) => timestampBounds(file, definition.eventTime)?.max ?? 0);
  const newest = Math.max(...times);
  const where = [{ column: definition.eventTime, min: newest - last, max: newest }];
  const asked = await readBytes(store, table, { columns, where });
  const all = await readBytes(store, table, { columns });
  const whole = snapshot.files.reduce((sum, file) => sum + file.size, 0);
  const rows = all.rows.toLocaleString('en');
  return (
    `${table.padEnd(24)}${rows.padStart(10)} rows, ${snapshot.files.length} files: ` +
    `${kilobytes(asked.bytes)} of ${kilobytes(all.bytes)} of ${kilobytes(whole)}; ` +
    `${asked.files} of ${snapshot.files.length} files`
  );
}

/** What a scan takes from the store. */
async function readBytes(store: ObjectStore, table: string, options: ScanOptions) {
  let bytes = 0;
  const files = new Set<string>();
  const count = <Bytes extends Uint8Array | undefined>(key: string, got: Bytes): Bytes => {
    if (got !== undefined) {
      bytes += got.length;
      files.add(key);
    }
    return got;
  };
  const inner = prefixedStore(store, `${table}/`);
  const counting: ObjectStore = {
    ...inner,
    get: async (key) => count(key, await inner.get(key)),
    getRange: async (...range) => count(range[0], await inner.getRange(...range)),
  };
  const snapshot = (await loadSnapshot(inner))!;
  let rows = 0;
  for await (const batch of scan(counting, snapshot, options)) rows += batch.length;
  return { bytes, files: files.size, rows };
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024).toLocaleString('en')} KB`;
}
