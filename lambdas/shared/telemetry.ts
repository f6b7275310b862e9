import { Logger } from '@aws-lambda-powertools/logger';
import { MetricUnit, Metrics } from '@aws-lambda-powertools/metrics';
import type { MiddlewareObj } from '@middy/core';
import { ENVIRONMENT, METRICS } from '../../src/environment.ts';
import { describeErrors } from './describe-errors.ts';
import { traceInvocation } from './trace-invocation.ts';

type MetricName = Exclude<keyof typeof METRICS, 'namespace'>;

/** What a function tells of itself: log lines in JSON, metrics in the log (EMF), traces. */
export type Telemetry = {
  readonly logger: Logger;
  /** Adds to a metric of this invocation. */
  count(metric: MetricName, value: number): void;
  readonly middlewares: MiddlewareObj[];
};

/**
 * Logs say which invocation they are of; an error is logged with its causes and parts, of which Lambda itself prints only
 * the outermost. Metrics are written at the end of an invocation, also of one that failed.
 *
 * @param name the function's, as metrics and traces are told apart by it
 */
export function createTelemetry(name: string): Telemetry {
  const logger = new Logger({ serviceName: name });
  const metrics = new Metrics({
    namespace: METRICS.namespace,
    serviceName: name,
    defaultDimensions: { stage: process.env[ENVIRONMENT.stage] ?? 'local' },
  });
  const publish = () => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  };
  const report: MiddlewareObj = {
    before({ context }) {
      logger.addContext(context);
    },
    after: publish,
    onError({ error }) {
      logger.error('invocation failed', { errors: describeErrors(error) });
      publish();
    },
  };
  return {
    logger,
    count: (metric, value) => metrics.addMetric(METRICS[metric], MetricUnit.Count, value),
    middlewares: [report, traceInvocation(name)],
  };
}
