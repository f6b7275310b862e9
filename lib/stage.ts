import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { StageName } from './stage-names.ts';

/** What differs between deployments. Two stages live side by side in one account; each has its own of everything. */
export type Stage = {
  readonly name: StageName;
  /** how long the stream keeps records: what an outage of ours may last without loss */
  readonly streamRetention: Duration;
  /**
   * when the event source gives a batch up to the failed batches; below the retention, so that it is given up before the
   * stream forgets it
   */
  readonly giveUpAfter: Duration;
  /** what becomes of buckets, streams and keys when their stack is deleted */
  readonly removalPolicy: RemovalPolicy;
  readonly terminationProtection: boolean;
  /** whether there are alarms */
  readonly watched: boolean;
  /** whether the lake keeps what was overwritten or deleted, and for how long */
  readonly keepDeletedFor: Duration | undefined;
  /**
   * Whether the lake refuses a commit file that is put without `If-None-Match`, whoever writes it: such a writer could
   * overwrite another's commit. It also stops Spark without conditional writes, and copies of whole tables into the lake.
   */
  readonly conditionalCommits: boolean;
  /**
   * Which devices may provision themselves by a claim: things that somebody registered before, under the attributes that
   * these have, or any. Nobody gets the name of a device that has a certificate.
   */
  readonly admittedThings: 'registered' | 'any';
  readonly logRetention: RetentionDays;
  /** what one Athena query may read, bytes */
  readonly queryScanLimit: number;
};

const GIGABYTE = 1_000_000_000;

export const STAGES: Readonly<Record<StageName, Stage>> = {
  dev: {
    name: 'dev',
    streamRetention: Duration.days(1),
    giveUpAfter: Duration.hours(12),
    removalPolicy: RemovalPolicy.DESTROY,
    terminationProtection: false,
    watched: false,
    keepDeletedFor: undefined,
    conditionalCommits: true,
    admittedThings: 'any',
    logRetention: RetentionDays.ONE_WEEK,
    queryScanLimit: 10 * GIGABYTE,
  },
  prod: {
    name: 'prod',
    streamRetention: Duration.days(7),
    giveUpAfter: Duration.days(4),
    removalPolicy: RemovalPolicy.RETAIN,
    terminationProtection: true,
    watched: true,
    keepDeletedFor: Duration.days(14),
    conditionalCommits: true,
    admittedThings: 'registered',
    logRetention: RetentionDays.THREE_MONTHS,
    queryScanLimit: 1000 * GIGABYTE,
  },
};
