import { type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { MathExpression, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  DefinitionBody,
  type IChainable,
  LogLevel,
  QueryLanguage,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Stage } from '../stage.ts';
import { stageName } from '../stage-names.ts';
import { acknowledgeWildcard } from './acknowledge.ts';
import { sumOf } from './metric-sum.ts';

export type LoggedStateMachineProps = {
  readonly stage: Stage;
  /** names it, together with the stage */
  readonly name: string;
  readonly description: string;
  readonly definition: IChainable;
  /** what an execution may take */
  readonly timeout: Duration;
  /** what its tasks invoke */
  readonly functions: readonly IFunction[];
};

/** A state machine whose executions show what ran, for how long, and what failed of what. */
export class LoggedStateMachine extends StateMachine {
  /** as in the props */
  readonly label: string;

  constructor(scope: Construct, id: string, props: LoggedStateMachineProps) {
    const { stage, description, definition, timeout } = props;
    const name = stageName(stage, props.name);
    const destination = new LogGroup(scope, 'Log', {
      // the prefix keeps the account's policy for delivered logs from outgrowing its limit
      logGroupName: `/aws/vendedlogs/states/${name}`,
      retention: stage.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      stateMachineName: name,
      comment: description,
      queryLanguage: QueryLanguage.JSONATA,
      definitionBody: DefinitionBody.fromChainable(definition),
      timeout,
      logs: { destination, level: LogLevel.ALL, includeExecutionData: true },
      tracingEnabled: true,
    });
    this.label = props.name;
    for (const { functionArn } of props.functions)
      acknowledgeWildcard(
        this,
        `${functionArn}:*`,
        'The CDK grants a function’s versions with the function.',
      );
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Neither the delivery of logs nor X-Ray knows resources: their actions allow nothing but *.',
    });
  }

  /** Executions that ended otherwise than well. */
  metricTroubles(options?: MetricOptions): MathExpression {
    return sumOf(
      [
        ['failed', this.metricFailed(options)],
        ['timedOut', this.metricTimedOut(options)],
      ],
      `troubles of ${this.label}`,
      options,
    );
  }
}
