import type { DataTestResult } from '../../src/models/test-data.ts';

/** What the product tells its page's process, several times a second. Times are milliseconds since the epoch, UTC. */
export type RunReport = Pick<LiveState, 'at' | 'simulation' | 'stream' | 'schedule' | 'dataTests'> & {
  readonly broker: LiveState['broker'] & { readonly connected: number };
  readonly ingest: Omit<LiveState['ingest'], 'lastError'> & {
    readonly shards: readonly ShardState[];
    readonly lastError?: string | undefined;
  };
};

/** The simulated devices, where there are some. */
export type SimulationState = {
  readonly devices: number;
  readonly messages: number;
  readonly acknowledged: number;
};

/** A step of the schedule, as it last went. */
export type StepState = {
  readonly step: string;
  readonly ok: boolean;
  readonly milliseconds: number;
  readonly error: string | null;
};

export type ShardState = {
  readonly shard: string;
  readonly checkpoint: number;
  readonly lag: number;
  readonly iteratorAge: number;
};

/** A table of the lake as its log says, at its newest version. */
export type TableState = {
  /** in SQL: `weather_observations` */
  readonly name: string;
  /** in the lake: `weather/observations` */
  readonly path: string;
  readonly kind: 'table' | 'rollup' | 'model' | 'quarantine';
  readonly fleet: string | null;
  /** null where the lake does not have it yet */
  readonly version: number | null;
  readonly rows: number;
  readonly files: number;
  readonly bytes: number;
  readonly lastOperation: string | null;
  readonly lastCommitAt: number | null;
  /** of what is made of other tables: how far behind these it is */
  readonly freshness: Freshness | null;
  /** what keeps the log from being read */
  readonly fault: string | null;
};

export type Freshness = {
  readonly source: string;
  readonly sourceVersion: number;
  readonly madeFrom: number;
  /** since when the source holds what the rollup does not; null: it holds all */
  readonly behindSince: number | null;
};

/** From the broker's taking a message durably until its row could be queried; milliseconds, over the last minute. */
export type Latency = { readonly rows: number; readonly p50: number | null; readonly p99: number | null };

export type LiveState = {
  readonly at: number;
  /** no report came from the product for this long: what follows is old */
  readonly staleMs: number;
  readonly devices: number;
  readonly broker: { readonly published: number; readonly streamed: number; readonly refused: number };
  readonly simulation: SimulationState | null;
  readonly stream: { readonly records: number; readonly bytes: number };
  readonly ingest: {
    readonly batches: number;
    readonly records: number;
    readonly failures: number;
    readonly failuresInARow: number;
    readonly givenUp: number;
    readonly lastError: string | null;
  };
  readonly shards: readonly ShardState[];
  readonly schedule: {
    readonly running: boolean;
    readonly runs: number;
    readonly steps: readonly StepState[];
  };
  readonly tables: readonly TableState[];
  /** what the data tests came to when they last ran */
  readonly dataTests: readonly DataTestResult[];
  /** messages in the quarantine of which something is open */
  readonly openInQuarantine: number;
  readonly latency: Latency;
  /** a second, over the last five */
  readonly rates: Rates;
};

export type Rates = { readonly messages: number; readonly rows: number; readonly commits: number };

/** A second of the run, for the small charts of the flow. */
export type Moment = {
  readonly at: number;
  readonly messages: number;
  readonly rows: number;
  readonly lag: number;
  readonly p50: number | null;
  readonly p99: number | null;
};
