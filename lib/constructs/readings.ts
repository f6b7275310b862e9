import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRole, Role } from 'aws-cdk-lib/aws-iam';
import type { CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import type { Duration } from 'aws-cdk-lib';
import type { Stage } from '../stage.ts';
import type { LakeBucket } from './lake-bucket.ts';
import type { TributaryFunction } from './tributary-function.ts';

/** The streams that a stage may have. */
export const STREAM_KINDS = ['kinesis', 'msk'] as const;
export type StreamKind = (typeof STREAM_KINDS)[number];

/**
 * The stream that carries the messages of all fleets, as those see it who put messages on it, take them, or watch. A record
 * is a message: its value the payload as it came, its key the topic, its time the stream's.
 */
export type Readings = {
  /** Lets rules hand messages on under a role; returns the action by which they do. */
  admitRules(role: Role): CfnTopicRule.ActionProperty;
  /** Has a function invoked with batches, from the oldest record on, each partition in order. */
  feed(client: TributaryFunction, feed: Feed): void;
  /** Lets a function find out which stream it is, beyond its name, where an event does not say. */
  grantDescribe(role: IRole): void;
  /** What somebody should be told of. */
  watches(
    options: MetricOptions,
    about: { readonly stage: Stage; readonly ingest: TributaryFunction },
  ): Watch[];
  /** What a page should show of it: how late it is, how much comes in, what it refuses. */
  panels(): readonly { readonly title: string; readonly metrics: readonly IMetric[] }[];
};

export type Feed = {
  /** how long a batch may fill */
  readonly window: Duration;
  /** after which age a batch is given up */
  readonly giveUpAfter: Duration;
  /** where a batch that is given up is left */
  readonly lake: LakeBucket;
};

/** Records a batch may have: Lambda's own bound. */
export const BATCH_SIZE = 10_000;

/** What somebody should be told of. */
export type Watch = {
  /** `docs/runbook.md` has a section of this name */
  readonly name: string;
  /** what it is about, where there are several */
  readonly of?: string;
  readonly metric: IMetric;
  /** the alarm goes off above it */
  readonly above: number;
  /** so many periods in a row */
  readonly periods: number;
  readonly means: string;
};

/** How long records may wait before somebody is told: long before a batch is given up. */
export function longestDelay(stage: Stage): number {
  const quarter = stage.giveUpAfter.toMilliseconds() / 4;
  return Math.min(quarter, 30 * 60_000);
}
