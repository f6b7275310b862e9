import { createBatchBuilder } from '../src/columns/builder.ts';
import type { ColumnBatch } from '../src/columns/column.ts';
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

export const DEVICES = 100;
export const START = Date.UTC(2024, 0, 1);
export const DAY = 86_400_000;

const measures = { readings: count(), mean: avg('temperature_c'), high: p90('temperature_c') };

const fleet = defineFleet({
  name: 'bench',
  tables: {
    readings: table({
      topic: 'bench/{device}',
      device: topicLevel('device'),
      columns: { device: text({ from: topicLevel('device') }), at: timestamp(), temperature_c: double() },
      eventTime: 'at',
      identity: ['device', 'at'],
    }),
  },
  rollups: {
    minutes: rollup('readings', { every: '1 minute', by: ['device'], measures }),
    hours: rollup('readings', { every: '1 hour', by: ['device'], measures }),
  },
});

export const readings = fleet.tables['readings'] as Table;
export const minutes = fleet.rollups['minutes'] as Rollup;
export const hours = fleet.rollups['hours'] as Rollup;
export const schema = tableSchema(readings);
/** How files of the table are written. */
export const layout = { partitionColumns: partitionColumns(readings), sortBy: ['at', 'device'] };

/** A reading of every device each `step` milliseconds, from one instant to before another. */
export function readingsBetween(from: number, to: number, step: number): ColumnBatch {
  const batch = createBatchBuilder(schema, Math.ceil((to - from) / step) * DEVICES);
  for (let at = from; at < to; at += step) {
    for (let device = 0; device < DEVICES; device++) {
      batch.appendRow({
        device: `device-${device}`,
        at,
        temperature_c: 20 + 5 * Math.sin((at - START) / 600_000 + device),
        _topic: `bench/device-${device}`,
        _arrived_at: at + 300,
        _stream: 'kinesis/bench',
        _shard: `shardId-00000000000${device % 4}`,
        _position: String(((at - START) / 1000) * DEVICES + device).padStart(56, '0'),
        _index: 0,
        _date: Math.floor(at / DAY),
      });
    }
  }
  return batch.finish();
}
