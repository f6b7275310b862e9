import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesOf, commitsPerSecond } from '../../../bin/cost/batches.ts';
import { ALTERNATIVES } from '../../../bin/cost/alternatives.ts';
import { compare, savingsOf } from '../../../bin/cost/compare.ts';
import { type Group, type Line, mergeLines, totalOf } from '../../../bin/cost/lines.ts';
import type { PriceName } from '../../../bin/cost/prices.ts';
import { tributaryLines } from '../../../bin/cost/tributary.ts';
import type { Workload } from '../../../bin/cost/workload.ts';
import { drawSeed } from '../../support/seed.ts';
import { HUNDRED } from './fleet.ts';

/** How many units of a price are billed in a group. */
function quantityOf(lines: readonly Line[], group: Group, price: PriceName): number {
  return lines.find((line) => line.group === group && line.price === price)?.quantity ?? 0;
}

const MESSAGES = 100 * 730 * 3600;

describe('100 messages a second of 200 B', () => {
  const lines = tributaryLines(HUNDRED);

  it('connect and are messages', () => {
    expect(quantityOf(lines, 'connections', 'iotConnection')).toBe(100 * 730 * 60);
    expect(quantityOf(lines, 'messages', 'iotRule')).toBe(MESSAGES);
    expect(quantityOf(lines, 'messages', 'iotAction')).toBe(MESSAGES);
    expect(quantityOf(lines, 'messages', 'iotMessage')).toBe(0);
    const byBroker = tributaryLines({ ...HUNDRED, basicIngest: false });
    expect(quantityOf(byBroker, 'messages', 'iotMessage')).toBe(MESSAGES);
    // 262.8 million at 1.00, and the same rules and actions
    expect(totalOf(byBroker, 'us-east-1', 'messages')).toBeCloseTo(262.8 * 1.3, 6);
  });

  it('travel in a stream that rounds each up to a KB, and keeps six days longer than is free', () => {
    expect(quantityOf(lines, 'stream', 'kinesisIn')).toBeCloseTo(MESSAGES / 1024 ** 2, 6);
    // payload and topic
    expect(quantityOf(lines, 'stream', 'kinesisOut')).toBeCloseTo((MESSAGES * 240) / 1024 ** 3, 6);
    expect(quantityOf(lines, 'stream', 'kinesisKept')).toBeCloseTo((100 * 240 * 86_400 * 6) / 1024 ** 3, 6);
    expect(quantityOf(lines, 'stream', 'kinesisStreamHour')).toBe(730);
    const dev = tributaryLines({ ...HUNDRED, streamDays: 1 });
    expect(quantityOf(dev, 'stream', 'kinesisKept')).toBe(0);
  });

  it('are four shards’ batches of a minute, two PUT and three GET each', () => {
    expect(batchesOf(HUNDRED)).toEqual({ shards: 4, records: 1501, perSecond: 100 / 1501 });
    const batches = MESSAGES / 1501;
    expect(quantityOf(lines, 'ingest', 'lambdaRequest')).toBeCloseTo(batches, 6);
    expect(quantityOf(lines, 'ingest', 's3Put')).toBeCloseTo(2 * batches, 6);
    expect(quantityOf(lines, 'ingest', 's3Get')).toBeCloseTo(3 * batches, 6);
    // twice 27.2 ms for 2.29 MB, two PUT of 60 ms, three GET of 25 ms
    const milliseconds = (2 * 27.2 * 1501 * 200) / 2_290_000 + 195;
    expect(quantityOf(lines, 'ingest', 'lambdaArm')).toBeCloseTo(
      (1769 / 1024) * batches * (milliseconds / 1000),
      4,
    );
  });

  it('are stored at a quarter of their bytes, for a year, beside what was rewritten', () => {
    const perDay = (100 * 200 * 86_400 * 41.6) / 165 / 1024 ** 3;
    // 17 MB an hour: twice, and once for each doubling up to 128 MB
    const rewrites = 2 + Math.log2((128 * 1024 ** 2 * 24) / (perDay * 1024 ** 3));
    expect(quantityOf(lines, 'storage', 's3Storage')).toBeCloseTo(perDay * (365 + 21 * rewrites), 6);
  });

  it('are asked for 10 MB at least', () => {
    const small = tributaryLines({ ...HUNDRED, messagesPerSecond: 0.01 });
    expect(quantityOf(small, 'queries', 'athena')).toBeCloseTo((1000 * 10 * 1024 ** 2) / 1024 ** 4, 9);
  });

  it('cost Firehose 5 KB each', () => {
    const firehose = ALTERNATIVES.find(({ name }) => name.startsWith('Firehose'))!.lines(HUNDRED);
    expect(quantityOf(firehose, 'stream', 'firehoseIn')).toBeCloseTo((MESSAGES * 5 * 1024) / 1024 ** 3, 6);
    expect(totalOf(firehose, 'us-east-1', 'stream')).toBeCloseTo(
      ((MESSAGES * 5) / 1024 ** 2) * (0.029 + 0.018),
      6,
    );
  });

  it('cost MSK and Spark three brokers and a job that never ends', () => {
    const spark = ALTERNATIVES.find(({ name }) => name.includes('Spark'))!.lines(HUNDRED);
    expect(quantityOf(spark, 'stream', 'mskBrokerHour')).toBe(3 * 730);
    // a driver of one vCPU and an executor of two; one more for an hour a day
    expect(quantityOf(spark, 'ingest', 'emrCpu')).toBeCloseTo(730 + 2 * 730 + (2 * 730) / 24, 6);
  });
});

describe('batches', () => {
  it('end when an invocation can carry no more', () => {
    // 200 B are 268 in base64 and 645 around them; 6 MiB hold 6,890
    expect(batchesOf({ ...HUNDRED, messagesPerSecond: 100_000 }).records).toBe(6890);
    expect(batchesOf({ ...HUNDRED, messagesPerSecond: 100_000, payloadBytes: 1 }).records).toBe(9694);
  });

  it('hold one record where records come more seldom than windows end', () => {
    expect(batchesOf({ ...HUNDRED, messagesPerSecond: 0.001 }).records).toBeCloseTo(1, 1);
  });

  it('crowd a log when there are very many shards', () => {
    expect(commitsPerSecond(HUNDRED)).toBeCloseTo(100 / 1501, 9);
    expect(commitsPerSecond({ ...HUNDRED, messagesPerSecond: 1e6 })).toBeGreaterThan(8);
  });
});

/** Any fleet that the command takes. */
const workloads: fc.Arbitrary<Workload> = fc
  .record({
    region: fc.constantFrom('us-east-1', 'eu-central-1'),
    devices: fc.integer({ min: 1, max: 1_000_000 }),
    messagesPerSecond: fc.double({ min: 0.001, max: 200_000, noNaN: true }),
    payloadBytes: fc.integer({ min: 1, max: 4000 }),
    readingsPerMessage: fc.integer({ min: 1, max: 20 }),
    batchOnDevice: fc.integer({ min: 1, max: 30 }),
    basicIngest: fc.boolean(),
    stream: fc.constantFrom('on-demand', 'provisioned', 'msk'),
    batchWindow: fc.integer({ min: 1, max: 300 }),
    tables: fc.integer({ min: 1, max: 20 }),
    rollupEvery: fc.integer({ min: 5, max: 60 }),
    retention: fc.integer({ min: 1, max: 3650 }),
    queries: fc.integer({ min: 0, max: 1_000_000 }),
    scanDays: fc.integer({ min: 1, max: 30 }),
    spiceGb: fc.integer({ min: 0, max: 100 }),
    streamDays: fc.constantFrom(1, 7),
  } as const)
  .map((each) => each as Workload);

describe('of any fleet', () => {
  const seed = drawSeed('cost');
  const holds = (property: (workload: Workload) => void) =>
    fc.assert(fc.property(workloads, property), { seed, numRuns: 300 });
  const totals = (workload: Workload) =>
    ALTERNATIVES.map(({ lines }) => totalOf(lines(workload), workload.region));

  it('every quantity is a number above zero, and stands once in its group', () => {
    holds((workload) => {
      for (const { name, lines } of ALTERNATIVES) {
        const own = lines(workload);
        for (const { price, quantity } of own) {
          expect(Number.isFinite(quantity) && quantity > 0, `${name} ${price} ${quantity}`).toBe(true);
        }
        expect(mergeLines(own)).toHaveLength(own.length);
      }
    });
  });

  it.for([
    ['twice the messages', (each: Workload) => ({ ...each, messagesPerSecond: 2 * each.messagesPerSecond })],
    ['twice the devices', (each: Workload) => ({ ...each, devices: 2 * each.devices })],
    ['twice the bytes', (each: Workload) => ({ ...each, payloadBytes: 2 * each.payloadBytes })],
    ['a longer retention', (each: Workload) => ({ ...each, retention: each.retention + 30 })],
    ['more questions', (each: Workload) => ({ ...each, queries: each.queries + 1000 })],
    ['no Basic Ingest', (each: Workload) => ({ ...each, basicIngest: false })],
  ] as const)('nothing gets cheaper by %s', ([, dearer]) => {
    holds((workload) => {
      const after = totals(dearer(workload));
      for (const [i, before] of totals(workload).entries())
        expect(after[i], ALTERNATIVES[i]!.name).toBeGreaterThanOrEqual(before * (1 - 1e-9));
    });
  });

  it('all alternatives pay the same for devices and messages, with the same savings', () => {
    holds((workload) => {
      for (const { workload: saving } of [{ workload }, ...savingsOf(workload)]) {
        const shared = compare(saving).map(({ groups }) => [groups.connections, groups.messages]);
        for (const each of shared) expect(each).toEqual(shared[0]);
      }
    });
  });

  it('Tributary on the fleet’s own stream is what the others are held against', () => {
    holds((workload) => {
      const ones = compare(workload).filter(({ ratio }) => ratio === 1);
      expect(ones.map(({ name }) => name).join()).toContain('Tributary');
    });
  });
});
