import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  Map as MapState,
  ProvideItems,
  Succeed,
  TaskInput,
} from 'aws-cdk-lib/aws-stepfunctions';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { Stage } from '../stage.ts';
import { stageName } from '../stage-names.ts';
import { invoke } from './invoke.ts';
import { LoggedStateMachine } from './state-machine.ts';
import { takeTurn } from './turn.ts';

/** Pieces of one rollup that are made at a time: an account may run as few as ten functions at once, ingest among them. */
const PIECES_AT_ONCE = 4;
/** Plans that are made anew where the last one no longer holds. */
const MAX_PLANS = 3;
/** By what an execution's name begins, for `{ fleet, rollup }` in JSONata. */
const prefixOf = (input: string) => `(${input}.fleet & '-' & ${input}.rollup & '-')`;
const NAME = { fleet: '{% $states.input.fleet %}', rollup: '{% $states.input.rollup %}' };

/**
 * Makes a rollup that is too large for one invocation, one execution a rollup: plan, a Map over the plan's pieces, and one commit that
 * joins them. It goes on beside the fleets' schedules, which leave that rollup alone meanwhile.
 */
export class RollupPieces extends Construct {
  readonly stateMachine: LoggedStateMachine;

  constructor(scope: Construct, id: string, props: { readonly stage: Stage; readonly rollup: IFunction }) {
    super(scope, id);
    const { stage, rollup } = props;
    const name = 'rollup-pieces';
    const prefix = prefixOf('$states.input');
    this.stateMachine = new LoggedStateMachine(this, 'StateMachine', {
      stage,
      name,
      description: 'Makes a rollup that is too large for one invocation, a piece at a time',
      definition: takeTurn(this, {
        machine: stageName(stage, name),
        rivals: `($prefix := ${prefix}; $states.result.Executions[$substring(Name, 0, $length($prefix)) = $prefix])`,
        variables: { plans: 0 },
        work: this.work(rollup),
      }),
      // far below the week for which vacuum spares what is not joined yet
      timeout: Duration.days(2),
      functions: [rollup],
    });
  }

  private work(rollup: IFunction): IChainable {
    const plan = invoke(this, 'Plan', {
      function: rollup,
      event: { ...NAME, step: 'plan' },
      assign: {
        plans: '{% $plans + 1 %}',
        plan: '{% $states.result.Payload.plan %}',
        pieces: '{% $states.result.Payload.pieces %}',
      },
    });
    const each = MapState.jsonata(this, 'Each piece', {
      items: ProvideItems.jsonata('{% [0..$pieces - 1] %}'),
      itemSelector: {
        ...NAME,
        step: 'piece',
        plan: '{% $plan %}',
        piece: '{% $states.context.Map.Item.Value %}',
      },
      maxConcurrency: PIECES_AT_ONCE,
      outputs: '{% $states.input %}',
    });
    each.itemProcessor(
      invoke(this, 'Piece', {
        function: rollup,
        event: {
          ...NAME,
          step: '{% $states.input.step %}',
          plan: '{% $states.input.plan %}',
          piece: '{% $states.input.piece %}',
        },
        outputs: '{% $states.input.piece %}',
      }),
    );
    const join = invoke(this, 'Join', {
      function: rollup,
      event: { ...NAME, step: 'join', plan: '{% $plan %}' },
      assign: { joined: '{% $states.result.Payload.kind %}' },
    });
    const done = Succeed.jsonata(this, 'Done');
    plan.next(
      Choice.jsonata(this, 'Is there anything to do')
        .when(Condition.jsonata('{% $pieces = 0 %}'), done)
        .otherwise(each),
    );
    each.next(join);
    join.next(
      Choice.jsonata(this, 'Did the plan hold')
        .when(Condition.jsonata("{% $joined != 'stale' %}"), done)
        .when(Condition.jsonata(`{% $plans < ${MAX_PLANS} %}`), plan)
        .otherwise(
          Fail.jsonata(this, 'No plan held', {
            error: 'StalePlan',
            cause: `${MAX_PLANS} plans one after the other did not hold until their pieces were joined; the log of the function says why`,
          }),
        ),
    );
    return plan;
  }

  /**
   * A state that starts an execution for each rollup. Where one is at it, the new one leaves.
   *
   * @param large JSONata: a list of `{ fleet, rollup }`
   */
  startAll(scope: Construct, id: string, large: string): MapState {
    const each = MapState.jsonata(scope, id, {
      items: ProvideItems.jsonata(`{% ${large} %}`),
      outputs: '{% $states.input %}',
    });
    each.itemProcessor(
      StepFunctionsStartExecution.jsonata(scope, `${id} of a rollup`, {
        stateMachine: this.stateMachine,
        name: `{% $substring(${prefixOf('$states.input')} & $uuid(), 0, 80) %}`,
        input: TaskInput.fromObject({ ...NAME }),
      }),
    );
    return each;
  }
}
