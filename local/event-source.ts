import type { KinesisStreamEvent } from 'aws-lambda';
import type { Clock } from '../src/clock.ts';
import { TributaryError } from '../src/errors.ts';
import type { EventSourceEvent, EventSourceSettings } from './event-source-settings.ts';
import { type ShardPoller, startShardPoller } from './shard-poller.ts';
import type { SqliteStream } from './sqlite-stream.ts';

export type { EventSourceEvent, EventSourceSettings } from './event-source-settings.ts';

export type EventSourceDeps = {
  readonly stream: SqliteStream;
  /** under this name the checkpoints are kept */
  readonly consumer: string;
  readonly settings: EventSourceSettings;
  /** Invokes the function; rejects where it throws, times out or crashes. */
  readonly invoke: (event: KinesisStreamEvent) => Promise<unknown>;
  readonly functionArn: string;
  /** the folder of the on-failure destination */
  readonly failedBatches: string;
  readonly clock: Clock;
  readonly report: (event: EventSourceEvent) => void;
};

type ShardStatus = {
  readonly shard: string;
  readonly checkpoint: number;
  /** records that the consumer is not done with */
  readonly lag: number;
  /** how long ago the oldest of those arrived; milliseconds, 0 where there is none */
  readonly iteratorAge: number;
};

export type EventSourceStatus = {
  readonly shards: readonly ShardStatus[];
  /** since the start of this process */
  readonly batches: number;
  readonly records: number;
  readonly failures: number;
  readonly givenUp: number;
  /** failures since a batch was done, all shards together */
  readonly failuresInARow: number;
  readonly lastError: string | undefined;
};

export type EventSource = {
  /** Resolves when each record that was appended before the call is done or given up. Windows close at once. */
  drain(): Promise<void>;
  /** Lets the invocations under way end and saves their checkpoints; what is left comes again at the next start. */
  stop(): Promise<void>;
  status(): EventSourceStatus;
};

/**
 * The laptop's Lambda event source mapping for Kinesis: per shard in order, one invocation at a time, at least once. A
 * checkpoint is durable after the function's success, or after what is given up is durable in the on-failure
 * destination; so a kill at any moment repeats records and never skips one.
 */
export function startEventSource(deps: EventSourceDeps): EventSource {
  const { stream, clock } = deps;
  const checkpoints = stream.checkpoints(deps.consumer);
  let drains: {
    readonly targets: readonly number[];
    readonly resolve: () => void;
    readonly reject: (error: Error) => void;
  }[] = [];
  let stopped = false;
  const counts = { batches: 0, records: 0, failures: 0, givenUp: 0, failuresInARow: 0 };
  let lastError: string | undefined;

  const pollers: readonly ShardPoller[] = stream
    .stats()
    .map(({ shard }) =>
      startShardPoller(shard, { ...deps, checkpoints, report: count, onCheckpoint: settleDrains }),
    );
  const unsubscribe = stream.onAppend(() => {
    for (const poller of pollers) poller.wake();
  });

  function count(event: EventSourceEvent): void {
    switch (event.kind) {
      case 'batch-done':
        counts.batches++;
        counts.records += event.records;
        counts.failuresInARow = 0;
        break;
      case 'batch-given-up':
        counts.givenUp += event.records;
        break;
      case 'batch-failed':
      case 'fault':
        counts.failures++;
        counts.failuresInARow++;
        lastError = String(event.error);
        break;
    }
    deps.report(event);
  }

  function settleDrains(): void {
    const settled = drains.filter(({ targets }) =>
      pollers.every((poller, i) => poller.done() >= targets[i]!),
    );
    if (settled.length === 0) return;
    drains = drains.filter((drain) => !settled.includes(drain));
    if (drains.length === 0) for (const poller of pollers) poller.flush(false);
    for (const { resolve } of settled) resolve();
  }

  return {
    drain() {
      if (stopped) return Promise.reject(new TributaryError('the event source is stopped: it cannot drain'));
      return new Promise((resolve, reject) => {
        drains.push({ targets: stream.stats().map(({ lastPosition }) => lastPosition), resolve, reject });
        for (const poller of pollers) poller.flush(true);
        settleDrains();
      });
    },
    async stop() {
      stopped = true;
      unsubscribe();
      await Promise.all(pollers.map((poller) => poller.stop()));
      for (const { reject } of drains)
        reject(new TributaryError('the event source was stopped before it had drained'));
      drains = [];
    },
    status() {
      const shards = stream.stats().map(({ shard, lastPosition }, i) => {
        const checkpoint = pollers[i]!.done();
        const oldest = stream.arrivalAfter(shard, checkpoint);
        const iteratorAge = oldest === undefined ? 0 : Math.max(0, clock() - oldest);
        return { shard, checkpoint, lag: lastPosition - checkpoint, iteratorAge };
      });
      return { shards, ...counts, lastError };
    },
  };
}
