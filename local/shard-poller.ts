import { setTimeout as sleep } from 'node:timers/promises';
import type { KinesisStreamEvent } from 'aws-lambda';
import type { Clock } from '../src/clock.ts';
import type { StreamRecord } from '../src/streams/stream.ts';
import { type BatchOutcome, readBatchResponse } from './batch-response.ts';
import { createBell } from './bell.ts';
import type { EventSourceEvent, EventSourceSettings } from './event-source-settings.ts';
import { type GiveUpCondition, writeFailedBatch } from './failed-batches.ts';
import { createKinesisEvent, createRecordMeasure, EMPTY_EVENT_BYTES, streamArn } from './kinesis-event.ts';
import type { Checkpoints, SqliteStream } from './sqlite-stream.ts';

export type ShardPollerDeps = {
  readonly stream: SqliteStream;
  readonly checkpoints: Checkpoints;
  readonly settings: EventSourceSettings;
  readonly invoke: (event: KinesisStreamEvent) => Promise<unknown>;
  readonly functionArn: string;
  readonly failedBatches: string;
  readonly clock: Clock;
  readonly report: (event: EventSourceEvent) => void;
  /** called after each move of the checkpoint */
  readonly onCheckpoint: () => void;
};

export type ShardPoller = {
  readonly shard: string;
  /** the position that the consumer is done with */
  done(): number;
  wake(): void;
  /** windows are not waited for while it is on */
  flush(on: boolean): void;
  /** Settles once the invocation under way has ended and its checkpoint is saved. */
  stop(): Promise<void>;
};

/** Lambda's synchronous invocation payload. */
const MAXIMUM_PAYLOAD_BYTES = 6 * 1024 * 1024;
/** While a window is open the stream is looked at this often. */
const WINDOW_STEP_MS = 100;

/** A batch on its way: `failures` of exactly these records, and whether the last of them threw. */
type Batch = {
  readonly records: readonly StreamRecord[];
  readonly failures: number;
  readonly unhandled: boolean;
};

/** Polls one shard from its checkpoint on, one invocation at a time, in order. */
export function startShardPoller(shard: string, deps: ShardPollerDeps): ShardPoller {
  const { stream, checkpoints, settings, clock, report } = deps;
  const arn = streamArn(stream.identity);
  const measure = createRecordMeasure(arn, shard);
  const idle = createBell();
  const window = createBell();
  const stopping = new AbortController();
  let flushing = false;
  let done = checkpoints.get(shard);

  async function run(): Promise<void> {
    let faults = 0;
    while (!stopping.signal.aborted) {
      try {
        const records = await gather(done);
        if (records.length > 0) await process(records);
        faults = 0;
      } catch (error) {
        // nothing was passed: the checkpoint says where to go on
        report({ kind: 'fault', shard, error });
        await backOff(++faults);
      }
    }
  }

  /** The next batch after `position`: full, or as the window closes. Empty only when stopping. */
  async function gather(position: number): Promise<readonly StreamRecord[]> {
    const records: StreamRecord[] = [];
    let bytes = EMPTY_EVENT_BYTES;
    let closes = 0;
    while (!stopping.signal.aborted) {
      const after = records.at(-1)?.position ?? String(position);
      const more = await stream.read(shard, after, settings.batchSize - records.length);
      for (const record of more) {
        bytes += measure(record);
        if (bytes > MAXIMUM_PAYLOAD_BYTES && records.length > 0) return records;
        if (records.length === 0) closes = performance.now() + settings.windowMs;
        records.push(record);
      }
      if (records.length >= settings.batchSize) return records;
      // a read may end early, only an empty one says that there is no more
      if (more.length > 0) continue;
      if (records.length === 0) {
        await idle.wait();
        continue;
      }
      const left = closes - performance.now();
      if (flushing || left <= 0) return records;
      await window.wait(Math.min(left, WINDOW_STEP_MS));
    }
    return [];
  }

  async function process(records: readonly StreamRecord[]): Promise<void> {
    let pending: readonly Batch[] = [{ records, failures: 0, unhandled: false }];
    for (let batch = pending[0]; batch !== undefined && !stopping.signal.aborted; batch = pending[0]) {
      pending = [...(await attempt(batch)), ...pending.slice(1)];
    }
  }

  /** One step with a batch. Returns what is left of it. */
  async function attempt(batch: Batch): Promise<readonly Batch[]> {
    const expired = countExpired(batch.records);
    if (expired > 0) {
      await giveUp({ ...batch, records: batch.records.slice(0, expired) }, 'RecordAgeExceeded');
      return expired < batch.records.length ? [{ ...batch, records: batch.records.slice(expired) }] : [];
    }
    const started = performance.now();
    const outcome = await invoke(batch.records);
    if (outcome.kind === 'succeeded') {
      pass(batch.records.at(-1)!);
      report({
        kind: 'batch-done',
        shard,
        records: batch.records.length,
        milliseconds: performance.now() - started,
      });
      return [];
    }
    return handleFailure(batch, outcome);
  }

  async function handleFailure(
    batch: Batch,
    outcome: Extract<BatchOutcome, { kind: 'failed' }>,
  ): Promise<readonly Batch[]> {
    const { from, error, unhandled } = outcome;
    if (from > 0) pass(batch.records[from - 1]!);
    const rest: Batch = {
      records: batch.records.slice(from),
      failures: (from > 0 ? 0 : batch.failures) + 1,
      unhandled,
    };
    const failed = { kind: 'batch-failed', shard, records: rest.records.length, error } as const;
    if (settings.bisectOnFunctionError && batch.records.length > 1) {
      report({ ...failed, next: 'split' });
      return split(rest, from);
    }
    if (rest.failures > (settings.maximumRetryAttempts ?? Infinity)) {
      report({ ...failed, next: 'give-up' });
      await giveUp(rest, 'RetryAttemptsExhausted');
      return [];
    }
    report({ ...failed, next: 'retry' });
    await backOff(rest.failures);
    return [rest];
  }

  async function invoke(records: readonly StreamRecord[]): Promise<BatchOutcome> {
    let response: unknown;
    try {
      response = await deps.invoke(createKinesisEvent(arn, shard, records));
    } catch (error) {
      return { kind: 'failed', from: 0, error, unhandled: true };
    }
    return readBatchResponse(response, records);
  }

  /** Durably says what was given up before the checkpoint passes it, and waits until that works. */
  async function giveUp(batch: Batch, condition: GiveUpCondition): Promise<void> {
    const { records, unhandled } = batch;
    const failed = {
      arn,
      shard,
      functionArn: deps.functionArn,
      records,
      condition,
      unhandled,
      invocations: batch.failures,
    };
    const file = await writeFailedBatch(deps.failedBatches, { ...failed, at: clock() });
    pass(records.at(-1)!);
    report({ kind: 'batch-given-up', shard, records: records.length, condition, file });
  }

  function pass(record: StreamRecord): void {
    checkpoints.save(shard, record.position);
    done = Number(record.position);
    deps.onCheckpoint();
  }

  /** Arrival only grows along a shard: those that are too old come first. */
  function countExpired(records: readonly StreamRecord[]): number {
    if (settings.maximumRecordAgeMs === undefined) return 0;
    const oldest = clock() - settings.maximumRecordAgeMs;
    const index = records.findIndex(({ arrivedAt }) => arrivedAt >= oldest);
    return index === -1 ? records.length : index;
  }

  async function backOff(failures: number): Promise<void> {
    const delay = Math.min(settings.initialBackoffMs * 2 ** (failures - 1), settings.maximumBackoffMs);
    await sleep(delay, undefined, { signal: stopping.signal }).catch(() => undefined); // stopped: the loops look themselves
  }

  const running = run();
  return {
    shard,
    done: () => done,
    wake: () => idle.ring(),
    flush(on) {
      flushing = on;
      window.ring();
    },
    stop() {
      stopping.abort();
      idle.ring();
      window.ring();
      return running;
    },
  };
}

/** Splitting uses up no retry: at the first failed record where the function named one inside, in halves otherwise. */
function split(rest: Batch, from: number): readonly Batch[] {
  const fresh = (records: readonly StreamRecord[]): Batch => ({
    records,
    failures: 0,
    unhandled: rest.unhandled,
  });
  if (from > 0) return [fresh(rest.records)];
  const middle = Math.ceil(rest.records.length / 2);
  return [fresh(rest.records.slice(0, middle)), fresh(rest.records.slice(middle))];
}
