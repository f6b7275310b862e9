import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { KinesisStreamEvent } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startEventSource } from '../../local/event-source.ts';
import { openSqliteStream } from '../../local/sqlite-stream.ts';
import { drawSeed } from '../support/seed.ts';
import { readFailedBatches } from './failed-batch-files.ts';
import { withFolder } from './temporary-folder.ts';

/** What one invocation does, poison aside. */
const behaviour = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: 'succeed' } as const) },
  { weight: 2, arbitrary: fc.constant({ kind: 'throw' } as const) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fail-from' as const), at: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.constantFrom('', 'unknown').map((id) => ({ kind: 'malformed', id }) as const) },
);

const scenario = fc.record({
  records: fc.integer({ min: 1, max: 60 }),
  shards: fc.integer({ min: 1, max: 3 }),
  batchSize: fc.integer({ min: 1, max: 12 }),
  bisect: fc.boolean(),
  retries: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  /** always makes the invocation throw; only where there is an end to retries */
  poison: fc.uniqueArray(fc.nat(59), { maxLength: 3 }),
  behaviours: fc.array(behaviour, { minLength: 1, maxLength: 30 }),
  /** the event source is stopped after so many invocations each, and started anew on the reopened file */
  lives: fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 3 }),
});

describe('under random failures and restarts', () => {
  it('every record is done or kept as given up, in order, and none is skipped', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, (plan) =>
        withFolder(async (folder) => {
          const failedBatches = join(folder, 'failed-batches');
          const retries = plan.poison.length > 0 ? (plan.retries ?? 2) : plan.retries;
          const poison = new Set(plan.poison.map(String));
          const open = () =>
            openSqliteStream(join(folder, 'stream.db'), { shards: plan.shards, clock: () => 1000 });
          let stream = open();
          for (let n = 0; n < plan.records; n++) {
            await stream.append([{ key: `key ${n % 7}`, payload: Buffer.from(String(n)) }]);
          }
          const total = new Map(stream.stats().map(({ shard, lastPosition }) => [shard, lastPosition]));
          const done = new Map([...total.keys()].map((shard) => [shard, new Set<number>()]));
          let invocations = 0;
          const faults: unknown[] = [];

          const start = (onInvocation: () => void) =>
            startEventSource({
              stream,
              consumer: 'c',
              settings: {
                batchSize: plan.batchSize,
                windowMs: 0,
                bisectOnFunctionError: plan.bisect,
                maximumRetryAttempts: retries,
                maximumRecordAgeMs: undefined,
                initialBackoffMs: 0,
                maximumBackoffMs: 0,
              },
              functionArn: 'arn',
              failedBatches,
              clock: () => 1000,
              report: () => undefined,
              async invoke(event: KinesisStreamEvent) {
                const shard = event.Records[0]!.eventID.split(':')[0]!;
                const positions = event.Records.map(({ kinesis }) => Number(kinesis.sequenceNumber));
                // in order, without a gap, from the checkpoint on; a throw here would only look like a failing function
                const checkpoint = stream.checkpoints('c').get(shard);
                const expected = Array.from(
                  { length: Math.min(positions.length, plan.batchSize) },
                  (_, i) => checkpoint + 1 + i,
                );
                if (!isDeepStrictEqual(positions, expected)) faults.push({ shard, checkpoint, positions });
                const act = plan.behaviours[invocations++ % plan.behaviours.length]!;
                onInvocation();
                await new Promise((resolve) => setImmediate(resolve));
                const values = event.Records.map(({ kinesis }) =>
                  Buffer.from(kinesis.data, 'base64').toString(),
                );
                if (values.some((value) => poison.has(value))) throw new Error('poison');
                const take = (upTo: number) =>
                  positions.slice(0, upTo).forEach((each) => done.get(shard)!.add(each));
                // unlimited retries end only if the function does at last
                const lucky = retries === undefined && invocations > 60;
                if (act.kind === 'succeed' || lucky) {
                  take(positions.length);
                  return { batchItemFailures: [] };
                }
                if (act.kind === 'throw') throw new Error('thrown');
                if (act.kind === 'malformed') return { batchItemFailures: [{ itemIdentifier: act.id }] };
                const from = act.at % positions.length;
                take(from);
                return { batchItemFailures: [{ itemIdentifier: String(positions[from]) }] };
              },
            });

          for (const life of plan.lives) {
            let left = life;
            const ended = Promise.withResolvers<void>();
            const source = start(() => {
              if (--left === 0) ended.resolve();
            });
            // done before its time is no fault
            await Promise.race([ended.promise, source.drain().catch(() => undefined)]);
            await source.stop();
            stream.close();
            stream = open();
          }
          const source = start(() => undefined);
          await source.drain();
          await source.stop();

          expect(faults).toEqual([]);
          const givenUp = readFailedBatches(failedBatches).map(({ KinesisBatchInfo: info, payload }) => {
            const positions = (JSON.parse(payload) as KinesisStreamEvent).Records.map(({ kinesis }) =>
              Number(kinesis.sequenceNumber),
            );
            expect([positions[0], positions.at(-1)]).toEqual([
              Number(info.startSequenceNumber),
              Number(info.endSequenceNumber),
            ]);
            return { shard: info.shardId, positions };
          });
          for (const [shard, last] of total) {
            expect(stream.checkpoints('c').get(shard)).toBe(last);
            const kept = new Set(
              givenUp.filter((each) => each.shard === shard).flatMap(({ positions }) => positions),
            );
            for (let position = 1; position <= last; position++) {
              // exactly one of the two: what was given up was never reported as done, and nothing is in neither
              expect([position, done.get(shard)!.has(position)]).toEqual([position, !kept.has(position)]);
            }
          }
          if (retries === undefined) expect(givenUp).toEqual([]);
          stream.close();
        }),
      ),
      { numRuns: 60, seed: drawSeed('event source under random failures') },
    );
  });
});
