import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  type IScheduleGroup,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  type INextable,
  type State,
  Succeed,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Stage } from '../stage.ts';
import { stageName } from '../stage-names.ts';
import { invoke } from './invoke.ts';
import type { RollupPieces } from './rollup-pieces.ts';
import { LoggedStateMachine } from './state-machine.ts';
import { takeTurn } from './turn.ts';

/** How often a step is due; whatever comes more seldom comes with all that is due more often. */
export const DUE = ['often', 'hourly', 'daily'] as const;
export type Due = (typeof DUE)[number];

/** One call of a function with a fixed event. */
export type Step = {
  readonly name: string;
  readonly due: Due;
  readonly function: IFunction;
  readonly event: Readonly<Record<string, string | readonly string[]>>;
  /** whether the answer names rollups that are too large for the call, which are made in pieces then */
  readonly leavesLarge?: boolean;
};

export type ScheduledStepsProps = {
  readonly stage: Stage;
  readonly group: IScheduleGroup;
  /** names the state machine and its schedules, together with the stage */
  readonly name: string;
  readonly description: string;
  /** what `often` means, an hour at most */
  readonly often: Duration;
  /** one after another, those that are due more often first; one that fails for good fails the execution, and the others run */
  readonly steps: readonly Step[];
  /** what makes large rollups */
  readonly pieces: RollupPieces;
};

/** Steps one after the other, by the clock; one execution at a time does them. */
export class ScheduledSteps extends Construct {
  readonly stateMachine: LoggedStateMachine;

  constructor(scope: Construct, id: string, props: ScheduledStepsProps) {
    super(scope, id);
    const { stage, group, name, description, often, steps } = props;
    const machine = stageName(stage, name);
    this.stateMachine = new LoggedStateMachine(this, 'StateMachine', {
      stage,
      name,
      description,
      definition: takeTurn(this, {
        machine,
        rivals: '$states.result.Executions',
        // what is due often comes again soon; an hour's or a day's work waits
        waits: "$due != 'often'",
        refuses: {
          condition: `$not(${isDue('often')})`,
          error: 'UnknownDue',
          cause: `due is one of ${DUE.join(', ')}, or left out for all that there is`,
        },
        variables: {
          // who starts it by hand wants all of it
          due: "{% $exists($states.input.due) ? $states.input.due : 'daily' %}",
          failed: [],
          large: [],
        },
        work: this.chain(steps, props.pieces),
      }),
      timeout: Duration.hours(12),
      functions: steps.map((step) => step.function),
    });
    for (const due of DUE) {
      const every = { often, hourly: Duration.hours(1), daily: Duration.days(1) }[due];
      const hourly =
        due === 'often' && often.toMinutes() === 60 && steps.some((step) => step.due === 'hourly');
      if (hourly || steps.every((step) => step.due !== due)) continue;
      new Schedule(this, `Schedule-${due}`, {
        scheduleName: `${machine}-${due}`,
        scheduleGroup: group,
        description: `${description} (${due})`,
        schedule: ScheduleExpression.rate(every),
        target: new StepFunctionsStartExecution(this.stateMachine, {
          input: ScheduleTargetInput.fromObject({ due }),
          // a start that is late by more than a turn is not worth catching up: the next one does its work
          maxEventAge: every,
          retryAttempts: 3,
        }),
      });
    }
  }

  private chain(steps: readonly Step[], pieces: RollupPieces): IChainable {
    const failed = Fail.jsonata(this, 'Steps failed', {
      error: 'StepsFailed',
      cause: "{% 'failed, each for the reason that it shows: ' & $join($failed, ', ') %}",
    });
    const end = Choice.jsonata(this, 'Did all succeed')
      .when(Condition.jsonata('{% $count($failed) > 0 %}'), failed)
      .otherwise(Succeed.jsonata(this, 'Done'));
    let next: IChainable = end;
    for (const due of DUE.toReversed()) {
      if (due === 'often' && steps.some((step) => step.leavesLarge))
        next = this.collecting(pieces.startAll(this, 'Start pieces', '$large'), 'pieces', next);
      for (const step of steps.filter((each) => each.due === due).toReversed())
        next = this.collecting(invokeStep(this, step), step.name, next);
      if (due !== 'often' && next !== end)
        next = Choice.jsonata(this, `Is it ${due}`)
          .when(Condition.jsonata(`{% ${isDue(due)} %}`), next)
          .otherwise(end);
    }
    return next;
  }

  /** A step whose failure is noted, and does not keep the next from its turn. */
  private collecting(
    step: State & INextable & { addCatch(handler: IChainable, props: object): unknown },
    name: string,
    next: IChainable,
  ): IChainable {
    step.addCatch(next, {
      errors: ['States.ALL'],
      assign: { failed: `{% [$append($failed, '${name}')] %}` },
      outputs: '{% $states.input %}',
    });
    step.next(next);
    return step;
  }
}

/** JSONata: whether steps that are due so often are. */
function isDue(due: Due): string {
  return `$due in ${JSON.stringify(DUE.slice(DUE.indexOf(due))).replaceAll('"', "'")}`;
}

function invokeStep(scope: Construct, { name, event, leavesLarge = false, ...step }: Step) {
  return invoke(scope, name, {
    function: step.function,
    event,
    ...(leavesLarge ? { assign: { large: '{% [$append($large, $states.result.Payload.large)] %}' } } : {}),
  });
}
