import { MathExpression, type Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';

/** The sum of metrics that are silent when there is nothing to count. An alarm takes ten of them at most. */
export function sumOf(
  metrics: readonly (readonly [id: string, metric: Metric])[],
  label: string,
  options: MetricOptions | undefined,
): MathExpression {
  return new MathExpression({
    expression: metrics.map(([id]) => `FILL(${id}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(metrics),
    label,
    ...(options?.period === undefined ? {} : { period: options.period }),
  });
}
