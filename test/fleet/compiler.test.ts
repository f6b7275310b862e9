import { describe, expect, it } from 'vitest';
import {
  avg,
  boolean,
  count,
  defineFleet,
  DefinitionError,
  double,
  last,
  rollup,
  sum,
  table,
  text,
  thingAttribute,
  timestamp,
  topicLevel,
} from '../../src/fleet/index.ts';

/** Each call is wrong in one name, which the compiler has to see (`tsc` fails where nothing is wrong) and so has `defineFleet`. */

const topic = 'pumps/{pump}/reading';
const device = topicLevel('pump');
const columns = { pump: text({ from: device }), at: timestamp(), bar: double(), running: boolean() };
const readings = table({ topic, device, columns, eventTime: 'at', identity: ['pump', 'at'] });
const gold = rollup('readings', {
  every: '1 hour',
  by: ['pump'],
  measures: { avg_bar: avg('bar'), n: count() },
});
const name = 'pumps';

const WRONG: Readonly<Record<string, () => unknown>> = {
  eventTime: () => {
    const readings = table({
      topic,
      device,
      columns,
      // @ts-expect-error no such column
      eventTime: 'when',
    });
    return defineFleet({ name, tables: { readings } });
  },
  eventTimeType: () => {
    const readings = table({
      topic,
      device,
      columns,
      // @ts-expect-error not a timestamp
      eventTime: 'bar',
    });
    return defineFleet({ name, tables: { readings } });
  },
  identity: () => {
    const readings = table({
      topic,
      device,
      columns,
      eventTime: 'at',
      // @ts-expect-error no such column
      identity: ['at', 'pimp'],
    });
    return defineFleet({ name, tables: { readings } });
  },
  sortBy: () => {
    const readings = table({
      topic,
      device,
      columns,
      // @ts-expect-error no such column
      sortBy: ['when'],
    });
    return defineFleet({ name, tables: { readings } });
  },
  deviceLevel: () => {
    const readings = table({
      topic,
      // @ts-expect-error no such level
      device: topicLevel('line'),
      columns,
    });
    return defineFleet({ name, tables: { readings } });
  },
  deviceAttribute: () => {
    const readings = table({
      topic,
      // @ts-expect-error no such level
      device: { line: thingAttribute('line') },
      columns,
    });
    return defineFleet({ name, tables: { readings } });
  },
  rowLevels: () => {
    const readings = table({
      topic,
      device,
      columns,
      // @ts-expect-error no such level
      rowLevels: { line: 'Line' },
    });
    return defineFleet({ name, tables: { readings } });
  },
  textBounds: () => {
    const readings = table({
      topic,
      device,
      columns: {
        // @ts-expect-error text has no bounds
        pump: text({ min: 0 }),
      },
    });
    return defineFleet({ name, tables: { readings } });
  },
  rollupTable: () =>
    defineFleet({
      name,
      tables: { readings },
      rollups: {
        // @ts-expect-error no such table
        gold: rollup('reading', { every: '1 hour', measures: { n: count() } }),
      },
    }),
  by: () =>
    defineFleet({
      name,
      tables: { readings },
      rollups: {
        // @ts-expect-error no such column
        gold: rollup('readings', { every: '1 hour', by: ['pimp'], measures: { n: count() } }),
      },
    }),
  measure: () =>
    defineFleet({
      name,
      tables: { readings },
      rollups: {
        // @ts-expect-error no such column
        gold: rollup('readings', { every: '1 hour', measures: { bar: last('bat') } }),
      },
    }),
  measureType: () =>
    defineFleet({
      name,
      tables: { readings },
      rollups: {
        // @ts-expect-error a sum of text
        gold: rollup('readings', { every: '1 hour', measures: { bar: sum('pump') } }),
      },
    }),
  tileSource: () =>
    defineFleet({
      name,
      tables: { readings },
      rollups: { gold },
      tiles: [
        // @ts-expect-error no such table or rollup
        { kind: 'trend', title: 'bar', source: 'silver', columns: ['avg_bar'] },
      ],
    }),
  tileOfRollup: () =>
    defineFleet({
      name,
      tables: { readings },
      rollups: { gold },
      tiles: [
        // @ts-expect-error a column of the table, not of the rollup
        { kind: 'trend', title: 'bar', source: 'gold', columns: ['bar'] },
      ],
    }),
  tileOfTable: () =>
    defineFleet({
      name,
      tables: { readings },
      rollups: { gold },
      tiles: [
        // @ts-expect-error a column of the rollup, not of the table
        { kind: 'trend', title: 'bar', source: 'readings', columns: ['avg_bar'] },
      ],
    }),
  tileBy: () =>
    defineFleet({
      name,
      tables: { readings },
      rollups: { gold },
      tiles: [
        // @ts-expect-error no such column
        { kind: 'trend', title: 'bar', source: 'gold', columns: ['avg_bar'], by: 'pimp' },
      ],
    }),
};

describe('the compiler and defineFleet both refuse', () => {
  it.each(Object.keys(WRONG))('%s', (key) => {
    expect(WRONG[key]).toThrow(DefinitionError);
  });

  it('but not what is right', () => {
    const fleet = defineFleet({
      name,
      tables: { readings },
      rollups: { gold },
      tiles: [
        { kind: 'trend', title: 'bar', source: 'gold', columns: ['avg_bar', 'n'], by: 'pump' },
        { kind: 'table', title: 'now', source: 'gold', columns: ['window_start', 'final', 'as_of'] },
        {
          kind: 'table',
          title: 'raw',
          source: 'readings',
          columns: ['at', 'bar', '_arrived_at'],
          by: 'pump',
        },
      ],
    });
    expect(fleet.tiles).toHaveLength(3);
  });
});
