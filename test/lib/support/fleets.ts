import {
  avg,
  count,
  defineFleet,
  double,
  notNull,
  rollup,
  table,
  text,
  thingAttribute,
  timestamp,
  topicLevel,
} from '../../../src/fleet/index.ts';

/** Whose devices are named by a topic level. */
export const wells = defineFleet({
  name: 'wells',
  batchWindow: '20 seconds',
  tables: {
    levels: table({
      topic: 'wells/{well}/level',
      device: topicLevel('well'),
      columns: {
        well: text({ from: topicLevel('well') }),
        measured_at: timestamp({ from: 'at' }),
        level_m: double({ unit: 'm', min: 0 }),
      },
      eventTime: 'measured_at',
      identity: ['well', 'measured_at'],
      keepPayload: true,
    }),
  },
  rollups: {
    hourly: rollup('levels', {
      every: '1 hour',
      by: ['well'],
      measures: { readings: count(), avg_level_m: avg('level_m') },
    }),
  },
  tests: [notNull('levels', 'level_m')],
  tiles: [
    { kind: 'trend', title: 'Levels', source: 'hourly', columns: ['avg_level_m'], by: 'well' },
    { kind: 'table', title: 'The newest of each well', source: 'levels', columns: ['level_m'], by: 'well' },
  ],
});

/** Whose topics are made of thing attributes. */
export const presses = defineFleet({
  name: 'presses',
  batchWindow: '5 seconds',
  tables: {
    forces: table({
      topic: 'plant/{line}/press/force',
      device: { line: thingAttribute('line') },
      columns: { line: text({ from: topicLevel('line') }), force_kn: double({ from: 'value' }) },
      partition: 'none',
    }),
  },
});
