import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { QUARANTINE_PATH } from '../src/fleet/index.ts';
import type { Fleet, Window } from '../src/fleet/model.ts';
import { SWEEP } from './constructs/recover-function.ts';
import { RollupPieces } from './constructs/rollup-pieces.ts';
import { ScheduledSteps, type Step } from './constructs/scheduled-steps.ts';
import type { LoggedStateMachine } from './constructs/state-machine.ts';
import type { FunctionsStack } from './functions-stack.ts';
import type { Stage } from './stage.ts';
import { stageName } from './stage-names.ts';

export type ScheduleStackProps = StackProps & {
  readonly stage: Stage;
  readonly fleets: readonly Fleet[];
  readonly functions: FunctionsStack;
};

/**
 * What happens by the clock: a state machine a fleet takes its steps one after another, rollups and models, data tests, compaction,
 * vacuum; one looks after what all fleets share, and one makes the rollups that are too large for a step.
 */
export class ScheduleStack extends Stack {
  readonly fleets: readonly ScheduledSteps[];
  readonly lake: ScheduledSteps;
  readonly pieces: RollupPieces;

  constructor(scope: Construct, id: string, props: ScheduleStackProps) {
    super(scope, id, props);
    const { stage, functions } = props;
    const group = new ScheduleGroup(this, 'Group', { scheduleGroupName: stageName(stage) });
    this.pieces = new RollupPieces(this, 'Pieces', { stage, rollup: functions.rollup });
    const shared = { stage, group, pieces: this.pieces };
    this.fleets = props.fleets.map(
      (fleet) =>
        new ScheduledSteps(this, `Fleet-${fleet.name}`, {
          ...shared,
          name: fleet.name,
          description: `Keeps the tables of ${fleet.name}`,
          often: rollupInterval(fleet),
          steps: fleetSteps(fleet, functions),
        }),
    );
    this.lake = new ScheduledSteps(this, 'Lake', {
      ...shared,
      // no fleet can be called so: names of fleets are identifiers
      name: 'lake-upkeep',
      description: 'Writes checkpoints, keeps the quarantine, and brings back what was left in the bucket',
      often: Duration.minutes(5),
      steps: [
        { name: 'checkpoints', due: 'often', function: functions.checkpoint, event: {} },
        { name: 'optimize', due: 'hourly', function: functions.optimize, event: QUARANTINE },
        { name: 'recover', due: 'daily', function: functions.recover, event: SWEEP },
        { name: 'vacuum', due: 'daily', function: functions.vacuum, event: QUARANTINE },
      ],
    });
  }

  /** All of them. */
  get stateMachines(): readonly LoggedStateMachine[] {
    return [...[...this.fleets, this.lake].map(({ stateMachine }) => stateMachine), this.pieces.stateMachine];
  }
}

const QUARANTINE = { tables: [QUARANTINE_PATH] };

/** Each rollup is an invocation of its own, so that a sick one harms itself only; models come after what they read. */
function fleetSteps(fleet: Fleet, functions: FunctionsStack): readonly Step[] {
  const of = { fleet: fleet.name };
  const steps: Step[] = Object.keys(fleet.rollups).map((rollup) => ({
    name: `rollup ${rollup}`,
    due: 'often',
    function: functions.rollup,
    event: { ...of, rollup },
    leavesLarge: true,
  }));
  if (Object.keys(fleet.models).length > 0)
    steps.push({
      name: 'models',
      due: 'often',
      function: functions.rollup,
      event: { ...of, only: 'models' },
    });
  if (fleet.tests.length > 0)
    steps.push({
      name: 'data tests',
      // they look at whole tables
      due: 'hourly',
      function: functions.testData,
      event: { ...of, strict: 'yes' },
    });
  return [
    ...steps,
    { name: 'optimize', due: 'hourly', function: functions.optimize, event: of },
    { name: 'vacuum', due: 'daily', function: functions.vacuum, event: of },
  ];
}

const MINUTES: Readonly<Record<Window['unit'], number>> = {
  second: 1 / 60,
  minute: 1,
  hour: 60,
  day: 1440,
  week: 10_080,
  month: 43_200,
};

/** How often models run that show windows under way, up to what is known. */
const MODEL_MINUTES = 5;

/**
 * How often a fleet's rollups and models run: as often as its shortest window ends, within 5 minutes and an hour. Below, a run
 * would cost more than it brings; above, an hour is how stale a day's figures may be.
 */
export function rollupInterval({ rollups, models }: Fleet): Duration {
  const windows = [
    ...Object.values(rollups).map(({ every }) => every.count * MINUTES[every.unit]),
    ...Object.values(models).map(({ every }) => (every === undefined ? MINUTES.hour : MODEL_MINUTES)),
  ];
  return Duration.minutes(Math.min(60, Math.max(5, Math.floor(Math.min(...windows)))));
}
