import type { S3Event, SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { parseKinesisEvent } from '../../lambdas/ingest/kinesis-event.ts';
import { findKeys } from '../../lambdas/recover/recover-event.ts';
import { parseReplayEvent } from '../../lambdas/replay/replay-event.ts';
import { createKinesisEvent } from '../../local/kinesis-event.ts';
import { UsageError } from '../../src/errors.ts';

const put = (key: string) => ({ Records: [{ s3: { object: { key } } }] }) as S3Event;
const message = (messageId: string, body: unknown) => ({ messageId, body: JSON.stringify(body) });

describe('what recover is called with', () => {
  it('names objects, spelt as forms do', () => {
    expect(findKeys(put('rule-errors/a+b/%C3%A9.json'))).toEqual([{ key: 'rule-errors/a b/é.json' }]);
  });

  it('comes by a queue, each object with the message that speaks of it; S3’s test speaks of none', () => {
    const event = {
      Records: [
        message('1', { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'lake' }),
        message('2', put('aws/lambda/x')),
      ],
    } as SQSEvent;
    expect(findKeys(event)).toEqual([{ key: 'aws/lambda/x', messageId: '2' }]);
  });

  it('is refused where it is something else', () => {
    expect(() => findKeys({ Records: [message('1', { hello: 'world' })] } as SQSEvent)).toThrow(
      /no notification of S3's/,
    );
  });
});

describe('what replay is called with', () => {
  it('selects messages of the quarantine', () => {
    expect(parseReplayEvent({})).toEqual({});
    expect(
      parseReplayEvent({ reason: 'out-of-range', table: 'a/b', since: '2026-01-31T12:00:00Z', limit: 5 }),
    ).toEqual({ reason: 'out-of-range', table: 'a/b', since: Date.UTC(2026, 0, 31, 12), limit: 5 });
  });

  it.each([
    null,
    [],
    'all',
    { tabel: 'a/b' },
    { reason: 1 },
    { since: 'yesterday' },
    { limit: 0 },
    { limit: '5' },
  ])('%j would try other messages than was meant', (event) => {
    expect(() => parseReplayEvent(event)).toThrow(UsageError);
  });
});

describe('positions of Kinesis', () => {
  it('are numbers, whoever pads them', async () => {
    const arn = 'arn:aws:kinesis:eu-central-1:000000000000:stream/readings';
    const records = [
      { key: 'a', payload: Buffer.from('{}'), position: '000000017956778691420000000005', arrivedAt: 1_000 },
    ];
    const event = createKinesisEvent(arn, 'shardId-000000000000', records);
    const [run] = await parseKinesisEvent(event, () =>
      Promise.resolve({ kind: 'kinesis', id: 'readings@1' }),
    );
    expect(run!.records[0]!.position).toBe('17956778691420000000005');
  });
});
