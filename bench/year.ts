import { createBatchBuilder } from '../src/columns/builder.ts';
import { commit } from '../src/delta/commit.ts';
import { createTable } from '../src/delta/create-table.ts';
import { realDeps } from '../src/delta/real-deps.ts';
import { writeFiles } from '../src/delta/write-files.ts';
import {
  avg,
  count,
  defineFleet,
  double,
  p90,
  partitionColumns,
  rollup,
  table,
  tableSchema,
  text,
  timestamp,
  topicLevel,
} from '../src/fleet/index.ts';
import type { Rollup, Table } from '../src/fleet/model.ts';
import { createFolderStore } from '../src/stores/folder-store.ts';
import { prefixedStore } from '../src/stores/object-store.ts';

const START = Date.UTC(2024, 0, 1);
const DAY = 86_400_000;
const DEVICES = 100;
export const DAYS = 366;

const fleet = defineFleet({
  name: 'year',
  tables: {
    readings: table({
      topic: 'year/{device}',
      device: topicLevel('device'),
      columns: { device: text({ from: topicLevel('device') }), at: timestamp(), temperature_c: double() },
      eventTime: 'at',
      identity: ['device', 'at'],
    }),
  },
  rollups: {
    hourly: rollup('readings', {
      every: '1 hour',
      by: ['device'],
      measures: { readings: count(), mean: avg('temperature_c'), high: p90('temperature_c') },
    }),
  },
});
export const readings = fleet.tables['readings'] as Table;
export const hourly = fleet.rollups['hourly'] as Rollup;

/** A year of 100 devices in a lake in a folder, a file a day; so many rows a day and device, evenly. */
export async function fillYear(folder: string, rowsPerDevice: number): Promise<number> {
  const store = prefixedStore(createFolderStore(folder), 'year/readings/');
  const schema = tableSchema(readings);
  const columns = partitionColumns(readings);
  const base = await createTable(store, { schema, partitionColumns: columns }, realDeps);
  const adds = [];
  for (let day = 0; day < DAYS; day++) {
    const batch = createBatchBuilder(schema, rowsPerDevice * DEVICES);
    for (let i = 0; i < rowsPerDevice * DEVICES; i++) {
      const at = START + day * DAY + Math.floor(i / DEVICES) * Math.floor(DAY / rowsPerDevice);
      const device = i % DEVICES;
      batch.appendRow({
        device: `device-${device}`,
        at,
        temperature_c: 20 + 5 * Math.sin(at / 4e6 + device),
        _topic: `year/device-${device}`,
        _arrived_at: at + 500,
        _stream: 'sqlite/bench',
        _shard: '0',
        _position: String(day * rowsPerDevice * DEVICES + i).padStart(19, '0'),
        _index: 0,
        _date: Math.floor(at / DAY),
      });
    }
    const options = { partitionColumns: columns, sortBy: ['at', 'device'] };
    adds.push(...(await writeFiles(store, batch.finish(), options, realDeps)));
  }
  await commit(store, { base, operation: 'WRITE', adds, reads: 'nothing' }, realDeps);
  return DAYS * DEVICES * rowsPerDevice;
}
