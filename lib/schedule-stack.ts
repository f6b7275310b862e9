import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import type { Fleet, Window } from '../src/fleet/model.ts';
import { SWEEP } from './constructs/recover-function.ts';
import { ScheduledSteps } from './constructs/scheduled-steps.ts';
import type { FunctionsStack } from './functions-stack.ts';
import type { Stage } from './stage.ts';
import { stageName } from './stage-names.ts';

export type ScheduleStackProps = StackProps & {
  readonly stage: Stage;
  readonly fleets: readonly Fleet[];
  readonly functions: FunctionsStack;
};

/** What happens by the clock: each fleet's rollups, models and data tests, and the upkeep of the lake's tables. */
export class ScheduleStack extends Stack {
  readonly fleets: readonly ScheduledSteps[];
  readonly upkeep: ScheduledSteps;
  readonly optimize: ScheduledSteps;
  readonly care: ScheduledSteps;
  /** undefined where no fleet has data tests */
  readonly dataTests: ScheduledSteps | undefined;

  constructor(scope: Construct, id: string, props: ScheduleStackProps) {
    super(scope, id, props);
    const { stage, functions } = props;
    const group = new ScheduleGroup(this, 'Group', { scheduleGroupName: stageName(stage) });
    this.fleets = props.fleets.filter(hasRollups).map(
      (fleet) =>
        new ScheduledSteps(this, `Fleet-${fleet.name}`, {
          stage,
          group,
          name: fleet.name,
          description: `Brings the rollups and models of ${fleet.name} up to date`,
          every: rollupInterval(fleet),
          steps: [{ name: 'rollups', function: functions.rollup, event: { fleet: fleet.name } }],
        }),
    );
    this.upkeep = new ScheduledSteps(this, 'Upkeep', {
      stage,
      group,
      // no fleet can be called so: names of fleets are identifiers
      name: 'lake-upkeep',
      description: 'Writes the checkpoints that are due',
      every: Duration.minutes(5),
      steps: [{ name: 'checkpoints', function: functions.checkpoint, event: {} }],
    });
    this.optimize = new ScheduledSteps(this, 'Optimize', {
      stage,
      group,
      name: 'lake-optimize',
      description: 'Makes many small files few large ones',
      every: Duration.hours(1),
      single: true,
      steps: [{ name: 'optimize', function: functions.optimize, event: {} }],
    });
    this.care = new ScheduledSteps(this, 'Care', {
      stage,
      group,
      name: 'lake-care',
      description: 'Brings back what was left in the bucket, and deletes what nothing refers to any more',
      every: Duration.days(1),
      single: true,
      steps: [
        { name: 'recover', function: functions.recover, event: SWEEP },
        { name: 'vacuum', function: functions.vacuum, event: {} },
      ],
    });
    const [first, ...rest] = props.fleets
      .filter(({ tests }) => tests.length > 0)
      .map(({ name }) => ({
        name,
        function: functions.testData,
        event: { fleet: name, strict: 'yes' },
      }));
    this.dataTests =
      first === undefined
        ? undefined
        : new ScheduledSteps(this, 'DataTests', {
            stage,
            group,
            name: 'data-tests',
            description: 'Holds the lake against its data tests: one that is violated fails the execution',
            // they look at whole tables
            every: Duration.hours(1),
            steps: [first, ...rest],
          });
  }
}

function hasRollups({ rollups, models }: Fleet): boolean {
  return [rollups, models].flatMap(Object.keys).length > 0;
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
