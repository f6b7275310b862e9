import { describe, expect, it } from 'vitest';
import { rollupInterval } from '../../lib/schedule-stack.ts';
import { defineFleet, defineModel, double, table, timestamp, topicLevel } from '../../src/fleet/index.ts';
import type { Window } from '../../src/fleet/model.ts';
import { wells } from './support/fleets.ts';
import { resourcesOf, stageOf } from './support/synthesise.ts';

const SYNTH = 120_000;

describe('the schedule', () => {
  it(
    'runs the rollups of each fleet that has any, the upkeep of the lake and the data tests',
    { timeout: SYNTH },
    () => {
      const schedules = resourcesOf(stageOf('dev'), 'AWS::Scheduler::Schedule').map(
        ({ Properties }) => Properties,
      );
      expect(
        schedules.map(({ Name, ScheduleExpression, State }) => [Name, ScheduleExpression, State]),
      ).toEqual([
        ['tributary-dev-wells', 'rate(1 hour)', 'ENABLED'],
        ['tributary-dev-lake-upkeep', 'rate(5 minutes)', 'ENABLED'],
        ['tributary-dev-lake-optimize', 'rate(1 hour)', 'ENABLED'],
        ['tributary-dev-lake-care', 'rate(1 day)', 'ENABLED'],
        ['tributary-dev-data-tests', 'rate(1 hour)', 'ENABLED'],
      ]);
    },
  );

  it('says which fleet, tries again, ends, and keeps what happened', () => {
    const [wellsMachine] = resourcesOf(stageOf('dev'), 'AWS::StepFunctions::StateMachine');
    const [, parts] = wellsMachine!.Properties['DefinitionString']['Fn::Join'] as [string, unknown[]];
    const definition = JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'x')).join('')) as {
      TimeoutSeconds: number;
      States: Record<
        string,
        { Parameters: { Payload: unknown }; Retry: { ErrorEquals: string[] }[]; Catch?: unknown }
      >;
    };
    const { rollups } = definition.States;
    expect(rollups!.Parameters.Payload).toEqual({ fleet: 'wells' });
    expect(rollups!.Retry.at(-1)!.ErrorEquals).toEqual(['States.ALL']);
    expect(rollups!.Catch).toBeUndefined();
    expect(definition.TimeoutSeconds).toBeGreaterThan(3 * 900);
    expect(wellsMachine!.Properties).toMatchObject({
      LoggingConfiguration: { Level: 'ALL' },
      TracingConfiguration: { Enabled: true },
    });
  });
});

it('begins when there is a catalog, which the data tests ask', { timeout: SYNTH }, () => {
  const { cloud } = stageOf('dev');
  expect(cloud.schedule.dependencies).toContain(cloud.catalog);
});

describe('how often rollups run', () => {
  const every = (...windows: Window[]) =>
    rollupInterval({
      ...wells,
      rollups: Object.fromEntries(
        windows.map((window, i) => [`r${i}`, { ...wells.rollups['hourly']!, every: window }]),
      ),
    }).toMinutes();

  it('follows the shortest window', () => {
    expect(every({ count: 10, unit: 'minute' }, { count: 1, unit: 'day' })).toBe(10);
  });

  it('is five minutes where models show windows that are under way', () => {
    const model = defineModel('select 1', { every: '1 day', columns: { window_start: timestamp() } });
    const { models } = defineFleet({
      name: 'days',
      tables: {
        levels: table({ topic: 'days/{day}', device: topicLevel('day'), columns: { level: double() } }),
      },
      models: { daily: model },
    });
    expect(rollupInterval({ ...wells, models }).toMinutes()).toBe(5);
  });

  it('stays within five minutes and an hour', () => {
    expect(every({ count: 1, unit: 'second' })).toBe(5);
    expect(every({ count: 1, unit: 'month' })).toBe(60);
  });
});
