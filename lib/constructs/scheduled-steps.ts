import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { MathExpression, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { type IScheduleGroup, Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import {
  Chain,
  DefinitionBody,
  JsonPath,
  LogLevel,
  StateMachine,
  TaskInput,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { Stage } from '../stage.ts';
import { stageName } from '../stage-names.ts';
import { acknowledgeWildcard } from './acknowledge.ts';
import { sumOf } from './metric-sum.ts';

/** One call of a function with a fixed event. */
export type Step = {
  readonly name: string;
  readonly function: IFunction;
  readonly event: Readonly<Record<string, string | readonly string[]>>;
};

export type ScheduledStepsProps = {
  readonly stage: Stage;
  readonly group: IScheduleGroup;
  /** names the state machine and its schedule, together with the stage */
  readonly name: string;
  readonly description: string;
  readonly every: Duration;
  /**
   * Whether an execution has to be over before the next one starts: it is stopped then.
   *
   * @default false
   */
  readonly single?: boolean;
  /** one after another; one that fails for good fails the execution */
  readonly steps: readonly [Step, ...Step[]];
};

/** A state machine that a schedule starts: its executions show what ran, for how long, and which step failed of what. */
export class ScheduledSteps extends Construct {
  /** as in the props */
  readonly name: string;
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: ScheduledStepsProps) {
    super(scope, id);
    const { stage, group, description, every, steps } = props;
    const name = stageName(stage, props.name);
    this.name = props.name;
    const logs = new LogGroup(this, 'Log', {
      // the prefix keeps the account's policy for delivered logs from outgrowing its limit
      logGroupName: `/aws/vendedlogs/states/${name}`,
      retention: stage.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName: name,
      comment: description,
      definitionBody: DefinitionBody.fromChainable(chain(this, steps)),
      // the function's own limit three times over, and the waits between
      timeout: props.single === true ? every : Duration.hours(1).plus(Duration.minutes(15 * steps.length)),
      logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: true },
      tracingEnabled: true,
    });
    for (const step of steps) {
      acknowledgeWildcard(
        this.stateMachine,
        `${step.function.functionArn}:*`,
        'The CDK grants a function’s versions with the function.',
      );
    }
    Validations.of(this.stateMachine).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Neither the delivery of logs nor X-Ray knows resources: their actions allow nothing but *.',
    });
    new Schedule(this, 'Schedule', {
      scheduleName: name,
      scheduleGroup: group,
      description,
      schedule: ScheduleExpression.rate(every),
      // a start that is late by more than a turn is not worth catching up: the next one does its work
      target: new StepFunctionsStartExecution(this.stateMachine, { maxEventAge: every, retryAttempts: 3 }),
    });
  }

  /** Executions that ended otherwise than well. */
  metricTroubles(options?: MetricOptions): MathExpression {
    const failed = this.stateMachine.metricFailed(options);
    const timedOut = this.stateMachine.metricTimedOut(options);
    return sumOf(
      [
        ['failed', failed],
        ['timedOut', timedOut],
      ],
      `troubles of ${this.name}`,
      options,
    );
  }
}

function chain(scope: Construct, steps: readonly [Step, ...Step[]]): Chain {
  const [first, ...rest] = steps.map((step) => invoke(scope, step));
  return rest.reduce((before, next) => before.next(next), Chain.start(first!));
}

function invoke(scope: Construct, step: Step): LambdaInvoke {
  const task = new LambdaInvoke(scope, step.name, {
    lambdaFunction: step.function,
    payload: TaskInput.fromObject({ ...step.event }),
    // the function logs what it did; the answer could outgrow a state's 256 KB
    resultPath: JsonPath.DISCARD,
    retryOnServiceExceptions: true,
  });
  return task.addRetry({ interval: Duration.seconds(30), backoffRate: 2, maxAttempts: 2 }) as LambdaInvoke;
}
