import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  Succeed,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { CallAwsService } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

export type TurnProps = {
  /** of the state machine, as it is named */
  readonly machine: string;
  /** JSONata: which of `$states.result.Executions` take turns with this one; the newest stands first */
  readonly rivals: string;
  /**
   * JSONata: whether to wait for one's turn.
   *
   * @default - who finds another at work leaves
   */
  readonly waits?: string;
  /** JSONata: whether the input makes no sense, and what is said then */
  readonly refuses?: { readonly condition: string; readonly error: string; readonly cause: string };
  /** what the execution begins with, by name; literals, or JSONata */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly work: IChainable;
};

/**
 * The states by which executions of one machine take turns: of those that run, the oldest has it. Two that start within the same
 * moments may both think so: that costs work, and no more, for every step commits or finds that it has been done.
 */
export function takeTurn(scope: Construct, props: TurnProps): CallAwsService {
  const { machine, rivals, waits, refuses, variables } = props;
  const arn = Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: machine,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const look = CallAwsService.jsonata(scope, 'Look who runs', {
    service: 'sfn',
    action: 'listExecutions',
    parameters: { StateMachineArn: arn, StatusFilter: 'RUNNING' },
    iamAction: 'states:ListExecutions',
    iamResources: [arn],
    assign: {
      ...variables,
      mine: `{% ($rivals := ${rivals}; $count($rivals) = 0 or $rivals[-1].ExecutionArn = $states.context.Execution.Id) %}`,
    },
    outputs: '{% $states.input %}',
  });
  look.addRetry({ interval: Duration.seconds(5), backoffRate: 2, maxAttempts: 5 });
  const turn = Choice.jsonata(scope, 'Whose turn is it');
  if (refuses !== undefined)
    turn.when(
      Condition.jsonata(`{% ${refuses.condition} %}`),
      Fail.jsonata(scope, 'Input refused', { error: refuses.error, cause: refuses.cause }),
    );
  turn.when(Condition.jsonata('{% $mine %}'), props.work);
  if (waits !== undefined) {
    const wait = Wait.jsonata(scope, 'Wait', { time: WaitTime.duration(Duration.minutes(1)) });
    turn.when(Condition.jsonata(`{% ${waits} %}`), wait.next(look));
  }
  look.next(turn.otherwise(Succeed.jsonata(scope, 'Another is at it')));
  return look;
}
