import { describe, expect, it } from 'vitest';
import { rollupInterval } from '../../lib/schedule-stack.ts';
import { defineFleet, defineModel, double, table, timestamp, topicLevel } from '../../src/fleet/index.ts';
import type { Window } from '../../src/fleet/model.ts';
import { wells } from './support/fleets.ts';
import { resourcesOf, stageOf } from './support/synthesise.ts';

const SYNTH = 120_000;

type State = {
  readonly Type: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Condition: string; readonly Next: string }[];
  readonly Catch?: readonly { readonly Next: string; readonly Assign: unknown }[];
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[] }[];
  readonly Arguments?: { readonly Payload?: unknown };
  readonly MaxConcurrency?: number;
};
type Definition = {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly TimeoutSeconds: number;
};

function machineOf(name: string): { readonly definition: Definition; readonly properties: object } {
  const machine = resourcesOf(stageOf('dev'), 'AWS::StepFunctions::StateMachine').find(
    ({ Properties }) => Properties['StateMachineName'] === `tributary-dev-${name}`,
  )!;
  const [, parts] = machine.Properties['DefinitionString']['Fn::Join'] as [string, unknown[]];
  const text = parts.map((part) => (typeof part === 'string' ? part : 'x')).join('');
  return { definition: JSON.parse(text) as Definition, properties: machine.Properties };
}

/** The tasks and maps that an execution comes by where all goes well, for what is due. */
function walk({ StartAt, States }: Definition, due: string): string[] {
  const names: string[] = [];
  for (let name: string | undefined = StartAt; name !== undefined;) {
    const { Type, Next, Choices, Default }: State = States[name]!;
    if (Type === 'Task' || Type === 'Map') names.push(name);
    const taken: string | undefined = Choices?.find(
      ({ Condition }) =>
        Condition === '{% $mine %}' || /^.. \$due in .*/.exec(Condition)?.[0].includes(`'${due}'`),
    )?.Next;
    name = taken ?? Default ?? Next;
  }
  return names;
}

describe('the schedule', () => {
  it('keeps each fleet, often, hourly and daily, and what the fleets share', { timeout: SYNTH }, () => {
    const schedules = resourcesOf(stageOf('dev'), 'AWS::Scheduler::Schedule').map(
      ({ Properties }) => Properties,
    );
    expect(
      schedules.map(({ Name, ScheduleExpression, Target }) => [
        String(Name).replace('tributary-dev-', ''),
        ScheduleExpression,
        Target.Input,
      ]),
    ).toEqual([
      // its rollups have windows of an hour: what is due hourly comes with them
      ['wells-hourly', 'rate(1 hour)', '{"due":"hourly"}'],
      ['wells-daily', 'rate(1 day)', '{"due":"daily"}'],
      ['presses-hourly', 'rate(1 hour)', '{"due":"hourly"}'],
      ['presses-daily', 'rate(1 day)', '{"due":"daily"}'],
      ['lake-upkeep-often', 'rate(5 minutes)', '{"due":"often"}'],
      ['lake-upkeep-hourly', 'rate(1 hour)', '{"due":"hourly"}'],
      ['lake-upkeep-daily', 'rate(1 day)', '{"due":"daily"}'],
    ]);
  });

  it('takes a fleet’s steps in the order in which they build on each other, as far as they are due', () => {
    const { definition } = machineOf('wells');
    const often = ['Look who runs', 'rollup hourly', 'Start pieces'];
    expect(walk(definition, 'often')).toEqual(often);
    expect(walk(definition, 'hourly')).toEqual([...often, 'data tests', 'optimize']);
    expect(walk(definition, 'daily')).toEqual([...often, 'data tests', 'optimize', 'vacuum']);
    const payloads = Object.values(definition.States).flatMap(({ Arguments }) => Arguments?.Payload ?? []);
    expect(payloads).toEqual(
      expect.arrayContaining([
        { fleet: 'wells', rollup: 'hourly' },
        { fleet: 'wells', strict: 'yes' },
        { fleet: 'wells' },
      ]),
    );
  });

  it('lets a failed step fail the execution, and the others run', () => {
    const { States } = machineOf('wells').definition;
    for (const [name, { Type, Catch, Next, Retry }] of Object.entries(States)) {
      if (Type === 'Task') expect(Retry!.at(-1)!.ErrorEquals, name).toEqual(['States.ALL']);
      if ((Type !== 'Task' && Type !== 'Map') || name === 'Look who runs') continue;
      expect(Catch![0]!.Next, name).toBe(Next);
      expect(JSON.stringify(Catch![0]!.Assign), name).toContain('$append($failed, ');
    }
    expect(States['Did all succeed']).toMatchObject({
      Choices: [{ Condition: '{% $count($failed) > 0 %}', Next: 'Steps failed' }],
      Default: 'Done',
    });
  });

  it('gives every machine an end, and keeps what happened', () => {
    for (const name of ['wells', 'presses', 'lake-upkeep', 'rollup-pieces']) {
      const { definition, properties } = machineOf(name);
      expect(definition.TimeoutSeconds).toBeLessThanOrEqual(2 * 86_400);
      expect(properties).toMatchObject({
        LoggingConfiguration: { Level: 'ALL' },
        TracingConfiguration: { Enabled: true },
      });
    }
  });

  it('makes few pieces of a rollup at a time: ingest needs room', () => {
    const { States } = machineOf('rollup-pieces').definition;
    expect(States['Each piece']).toMatchObject({ MaxConcurrency: 4, Next: 'Join' });
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
