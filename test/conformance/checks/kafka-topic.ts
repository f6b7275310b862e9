import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { MSKEvent, MSKRecord } from 'aws-lambda';
import { topicSettings } from '../../../lib/constructs/reading-topic.ts';
import { STAGES } from '../../../lib/stage.ts';
import type { Random } from '../../../src/clock.ts';
import { CLUSTER_ARN } from '../../support/kafka-event.ts';
import { drawSeed, seededRandom } from '../../support/seed.ts';
import type { Check } from '../check.ts';
import { PYTHON } from '../engines.ts';
import { startBroker } from '../kafka/broker.ts';
import { KAFKA_PYTHON } from '../kafka/installation.ts';
import { REPO } from '../places.ts';
import { runCommand } from '../run-command.ts';

const TOPIC = 'readings';
const PARTITIONS = 4;
const MESSAGES = 6_000;
const STATIONS = 50;
const KILLS = 5;
/** Records of one partition in an event, at most. */
const LARGEST = 250;

type Message = { readonly key: string | null; readonly value: string | null };
/** By partition the offset of the next record. */
type Offsets = Map<number, number>;

/**
 * A broker as its makers ship it, a client by another hand, the ingest function in a process that is killed again and again
 * while events come anew and cut otherwise: then each good message is one row, at the place where the broker has it, and each
 * other one is in the quarantine.
 */
export const kafkaTopic: Check = {
  name: 'a topic of Kafka becomes a table, whoever dies on the way',
  needs: ['kafka', 'deltalake'],
  async run() {
    const random = seededRandom(drawSeed('kafka topic'));
    const folder = await mkdtemp(join(tmpdir(), 'tributary-kafka-topic-'));
    const broker = await startBroker();
    try {
      const ask = (command: string, ...args: string[]) => askClient(command, broker.endpoint, TOPIC, ...args);
      // the settings that the cloud's topic has
      await ask('create', String(PARTITIONS), JSON.stringify(topicSettings(STAGES.prod)));
      const messages = Array.from({ length: MESSAGES }, (_, number) => createMessage(number, random));
      const file = join(folder, 'messages.ndjson');
      await writeFile(file, messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
      await ask('produce', file);
      const records = (await ask('consume'))
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as MSKRecord);
      checkRecords(records);
      const kills = await ingest(records, folder, random);
      const rows = await compareRows(records, folder);
      console.log(`${records.length} records of ${PARTITIONS} partitions, ${kills} kills: ${rows} rows`);
    } finally {
      await broker.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Most are readings; the others have no key, a key that is no text, no value, or a value that is no reading. */
function createMessage(number: number, random: Random): Message {
  const station = Math.floor(random() * STATIONS);
  const reading = {
    location: 'Chicago',
    timestamp: new Date(Date.UTC(2025, 5, 1) + number * 1_000).toISOString(),
    temperature_c: Math.floor(random() * 400) / 10,
    humidity_pct: 40,
    precipitation_mm: 0,
    wind_speed_kmh: number,
  };
  const key = encode(`weather/station-${station}/observation`);
  const value = encode(JSON.stringify(reading));
  switch (Math.floor(random() * 200)) {
    case 0:
      return { key: null, value };
    case 1:
      return { key: Buffer.from([0x77, 0xff, 0xfe]).toString('base64'), value };
    case 2:
      return { key, value: null };
    case 3:
      return { key, value: encode('{"location": "Chi') };
    default:
      return { key, value };
  }
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function askClient(command: string, ...args: readonly string[]): Promise<string> {
  const script = new URL('../kafka/client.py', import.meta.url).pathname;
  const { code, output } = await runCommand(KAFKA_PYTHON, [script, command, ...args]);
  if (code !== 0) throw new Error(`the client cannot ${command}: ${output.trim()}`);
  return output;
}

function checkRecords(records: readonly MSKRecord[]): void {
  const partitions = new Set(records.map(({ partition }) => partition));
  if (records.length !== MESSAGES || partitions.size !== PARTITIONS)
    throw new Error(`${records.length} records in ${partitions.size} partitions`);
  if (!records.every(({ timestampType }) => timestampType === 'LOG_APPEND_TIME'))
    throw new Error('records do not have the time at which the broker took them');
}

/** Plays the event source until all is taken: where the function died, from the last offsets that it had noted. */
async function ingest(records: readonly MSKRecord[], folder: string, random: Random): Promise<number> {
  const noted: Offsets = new Map();
  for (let kills = 0; ; kills++) {
    const events = Array.from(cutEvents(records, new Map(noted), random));
    const file = join(folder, 'events.ndjson');
    await writeFile(file, events.map(({ event }) => `${JSON.stringify(event)}\n`).join(''));
    const lives = kills < KILLS ? Math.floor(random() * events.length * 0.4) : Infinity;
    const done = await runIngest(file, join(folder, 'lake'), lives, random);
    if (lives === Infinity) {
      if (done !== events.length) throw new Error(`ingest took ${done} of ${events.length} events`);
      return kills;
    }
    // now and then the event source dies as well, before it notes how far it was
    const last = events[done - 1 - (random() < 0.5 ? 1 : 0)];
    for (const [partition, offset] of last?.next ?? []) noted.set(partition, offset);
  }
}

/** Events from these offsets on, of several partitions each, of as many records as chance has it. */
function* cutEvents(records: readonly MSKRecord[], next: Offsets, random: Random) {
  for (;;) {
    const parts: [string, MSKRecord[]][] = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      if (random() < 0.25) continue;
      const from = next.get(partition) ?? 0;
      const size = 1 + Math.floor(random() * LARGEST);
      const part = records.filter(
        (record) => record.partition === partition && record.offset >= from && record.offset < from + size,
      );
      if (part.length === 0) continue;
      parts.push([`${TOPIC}-${partition}`, part]);
      next.set(partition, from + part.length);
    }
    const left = records.some(({ partition, offset }) => offset >= (next.get(partition) ?? 0));
    if (parts.length > 0) {
      const event: MSKEvent = {
        eventSource: 'aws:kafka',
        eventSourceArn: CLUSTER_ARN,
        bootstrapServers: 'b-1.example:9096',
        records: Object.fromEntries(parts),
      };
      yield { event, next: new Map(next) };
    }
    if (!left) return;
  }
}

/** Returns how many events were answered before the process ended, or was killed a moment after so many answers. */
async function runIngest(file: string, lake: string, lives: number, random: Random): Promise<number> {
  const script = join(REPO, 'test', 'conformance', 'kafka', 'run-ingest.ts');
  const child = spawn(process.execPath, [script, file], {
    env: {
      ...process.env,
      LAKE_URL: pathToFileURL(lake).href,
      POWERTOOLS_METRICS_DISABLED: 'true',
      POWERTOOLS_LOG_LEVEL: 'ERROR',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let answers = 0;
  let rest = '';
  let said = '';
  const refusals: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (line.startsWith('ANSWER ')) {
        if (line !== 'ANSWER {"batchItemFailures":[]}') refusals.push(line);
        answers++;
        if (answers === lives + 1) void sleep(random() * 60).then(() => child.kill('SIGKILL'));
      } else said += `${line}\n`;
    }
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (refusals.length > 0) throw new Error(`ingest answered ${refusals[0]}`);
  if (code !== 0 && code !== null) throw new Error(`ingest ended with ${code}: ${said.trim()}`);
  return answers;
}

/** Reads with delta-rs. */
async function compareRows(records: readonly MSKRecord[], folder: string): Promise<number> {
  const read = async (table: string, columns: string) => {
    const script = new URL('../delta_rows.py', import.meta.url).pathname;
    const { code, output } = await runCommand(PYTHON, [script, join(folder, 'lake', table), columns], {
      env: { ...process.env, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
    });
    if (code !== 0) throw new Error(`delta-rs cannot read ${table}: ${output.trim()}`);
    const { rows } = JSON.parse(output) as { readonly rows: readonly Readonly<Record<string, unknown>>[] };
    return rows.map((row) => columns.split(',').map((name) => row[name])).map(String);
  };
  const good: string[] = [];
  const bad: string[] = [];
  for (const { partition, offset, key, value } of records as readonly (MSKRecord & Message)[]) {
    const place = [partition, String(offset).padStart(19, '0')];
    const topic = Buffer.from(key ?? '', 'base64').toString();
    const text = Buffer.from(value ?? '', 'base64').toString();
    const isTopic = /^weather\/[^/]+\/observation$/.test(topic);
    if (isTopic && text.endsWith('}')) {
      const { temperature_c, wind_speed_kmh } = JSON.parse(text) as Readonly<Record<string, number>>;
      // as Python prints doubles
      good.push([...place, topic, temperature_c, wind_speed_kmh].map(String).join());
    } else bad.push([...place, isTopic ? topic : ''].map(String).join());
  }
  const rows = await read('weather/observations', '_shard,_position,_topic,temperature_c,wind_speed_kmh');
  compare('rows', rows, good);
  compare('quarantined messages', await read('quarantine', '_shard,_position,_topic'), bad);
  return rows.length;
}

function compare(what: string, found: readonly string[], expected: readonly string[]): void {
  const [has, wants] = [new Set(found), new Set(expected)];
  const lost = expected.filter((each) => !has.has(each));
  const strange = found.filter((each) => !wants.has(each));
  const doubled = found.length - has.size;
  if (lost.length + strange.length + doubled > 0)
    throw new Error(
      `${what}: ${lost.length} lost (${lost[0]}), ${strange.length} strange (${strange[0]}), ${doubled} doubled`,
    );
}
