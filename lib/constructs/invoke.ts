import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { TaskInput } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

/**
 * A state that calls a function, three times at most. The function logs what it did; what goes on is the state's input, as the answer
 * could outgrow what a state may hold.
 */
export function invoke(
  scope: Construct,
  name: string,
  props: {
    readonly function: IFunction;
    /** literals, or JSONata in text */
    readonly event: Readonly<Record<string, string | readonly string[]>>;
    /** variables; the answer is `$states.result.Payload` */
    readonly assign?: Readonly<Record<string, string>>;
    /**
     * JSONata.
     *
     * @default - the input
     */
    readonly outputs?: string;
  },
): LambdaInvoke {
  const task = LambdaInvoke.jsonata(scope, name, {
    lambdaFunction: props.function,
    payload: TaskInput.fromObject({ ...props.event }),
    outputs: props.outputs ?? '{% $states.input %}',
    ...(props.assign === undefined ? {} : { assign: props.assign }),
    retryOnServiceExceptions: true,
  });
  // an account may run few functions at once
  task.addRetry({
    errors: ['Lambda.TooManyRequestsException'],
    interval: Duration.seconds(10),
    backoffRate: 2,
    maxDelay: Duration.minutes(5),
    maxAttempts: 10,
  });
  task.addRetry({ interval: Duration.seconds(30), backoffRate: 2, maxAttempts: 2 });
  return task;
}
