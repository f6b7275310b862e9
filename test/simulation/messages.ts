import type { Random } from '../../src/clock.ts';
import { defineFleet, double, integer, table, text, topicLevel } from '../../src/fleet/index.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import type { ShardRun, StreamIdentity, StreamRecord } from '../../src/streams/stream.ts';

export const READINGS = 'plant/readings';
export const ALARMS = 'plant/alarms';

/** A definition takes values up to `max`; the later one of a schedule has a further column as well. */
export type Definition = { readonly max: number; readonly note: boolean };

export function definePlant({ max, note }: Definition): Fleet {
  return defineFleet({
    name: 'plant',
    tables: {
      readings: table({
        topic: 'plant/{machine}/reading',
        device: topicLevel('machine'),
        columns: {
          machine: text({ from: topicLevel('machine') }),
          value: double({ max }),
          ...(note ? { note: text({ optional: true }) } : {}),
        },
      }),
      alarms: table({
        topic: 'plant/{machine}/alarm',
        device: topicLevel('machine'),
        columns: { machine: text({ from: topicLevel('machine') }), code: integer() },
      }),
    },
  });
}

/** A reading as it was sent. `value`: undefined where no definition takes it. `table`: null where no table takes the topic. */
export type SentReading = {
  readonly shard: string;
  readonly position: string;
  readonly table: string | null;
  /** -1: the message as a whole */
  readonly index: number;
  readonly value: number | undefined;
};

/** One shard: what is in it, and what was sent in it. */
export type Shard = {
  readonly stream: StreamIdentity;
  readonly name: string;
  readonly records: readonly StreamRecord[];
  readonly readings: readonly SentReading[];
};

/** Draws a shard of records: good, bad and unroutable messages, several readings in some, over two days. */
export function drawShard(
  random: Random,
  stream: StreamIdentity,
  name: string,
  options: { readonly length: number; readonly start: number },
): Shard {
  const records: StreamRecord[] = [];
  const readings: SentReading[] = [];
  // a Kinesis position has 56 digits, over four limbs
  const first = stream.kind === 'kinesis' ? 10n ** 55n - 20n + 49n * 10n ** 54n : 8n;
  let position = first;
  let arrivedAt = options.start;
  for (let i = 0; i < options.length; i++) {
    const { topic, payload, sent } = drawMessage(random);
    records.push({ key: topic, payload: Buffer.from(payload), position: String(position), arrivedAt });
    for (const reading of sent) readings.push({ shard: name, position: String(position), ...reading });
    position += BigInt(1 + Math.floor(random() * 3));
    arrivedAt += Math.floor(random() * 20_000);
  }
  return { stream, name, records, readings };
}

type Message = {
  readonly topic: string;
  readonly payload: string;
  readonly sent: readonly Pick<SentReading, 'table' | 'index' | 'value'>[];
};

function drawMessage(random: Random): Message {
  const machine = ['a', 'b', 'c'][Math.floor(random() * 3)]!;
  const kind = random();
  if (kind < 0.06) return whole('elsewhere/x', '{}', null);
  if (kind < 0.14) return whole(`plant/${machine}/reading`, '{"value":', READINGS);
  const isAlarm = kind < 0.3;
  const path = isAlarm ? ALARMS : READINGS;
  const count = random() < 0.7 ? 1 : 2 + Math.floor(random() * 2);
  // 0 to 10 is good for all definitions, up to 100 for the lax ones, text for none
  const values = Array.from({ length: count }, () => {
    const chance = random();
    if (chance < 0.15) return undefined;
    return Math.floor(random() * (isAlarm || chance < 0.6 ? 10 : 100));
  });
  const objects = values.map((value) => ({ [isAlarm ? 'code' : 'value']: value ?? 'no number' }));
  return {
    topic: `plant/${machine}/${isAlarm ? 'alarm' : 'reading'}`,
    payload: JSON.stringify(count === 1 ? objects[0] : objects),
    sent: values.map((value, index) => ({ table: path, index, value })),
  };
}

function whole(topic: string, payload: string, path: string | null): Message {
  return { topic, payload, sent: [{ table: path, index: -1, value: undefined }] };
}

/** Records `from` up to and without `to` as a run. */
export function runOf({ stream, name, records }: Shard, from: number, to: number): ShardRun {
  return { stream, shard: name, records: records.slice(from, to) };
}
