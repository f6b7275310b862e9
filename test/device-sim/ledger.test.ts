import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestPayload, openLedger, openLedgerReader } from '../../device-sim/ledger.ts';
import { TributaryError } from '../../src/errors.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  path = join(folder, 'ledger.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const payload = Buffer.from('{"a":1}');

test('an attempt is readable by others as soon as it resolves, its acknowledgement after the next commit', async () => {
  const ledger = openLedger(path);
  const first = await ledger.attempt('weather/a/observation', digestPayload(payload), 1000);
  const reader = openLedgerReader(path);
  expect([...reader.entries()]).toEqual([
    {
      attempt: first,
      at: 1000,
      topic: 'weather/a/observation',
      digest: new Uint8Array(digestPayload(payload)),
      acknowledged: false,
    },
  ]);
  ledger.acknowledge(first);
  await ledger.attempt('weather/a/observation', digestPayload(payload), 2000);
  expect(Array.from(reader.entries(), (entry) => entry.acknowledged)).toEqual([true, false]);
  expect(reader.totals()).toEqual({ attempts: 2, acknowledged: 1 });
  reader.close();
  ledger.close();
});

test('the digest is SHA-256', () => {
  expect(Buffer.from(digestPayload(Buffer.from('abc'))).toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

test('attempts of one turn share a commit and keep their order and their topics', async () => {
  const ledger = openLedger(path);
  const topics = Array.from({ length: 5000 }, (_, i) => `plant/${i % 7}/state`);
  const numbers = await Promise.all(
    topics.map((topic, i) => ledger.attempt(topic, digestPayload(Buffer.from(String(i))), i)),
  );
  expect(numbers).toEqual(topics.map((_, i) => i + 1));
  expect(Array.from(ledger.entries(), (entry) => entry.topic)).toEqual(topics);
  expect(Array.from(ledger.entries(4990), (entry) => entry.attempt)).toEqual(numbers.slice(4990));
  ledger.close();
});

test('a ledger that is opened again goes on where it ended', async () => {
  const before = openLedger(path);
  before.acknowledge(await before.attempt('a/b', digestPayload(payload), 1));
  before.close();
  const after = openLedger(path);
  expect(await after.attempt('a/b', digestPayload(payload), 2)).toBe(2);
  expect(after.totals()).toEqual({ attempts: 2, acknowledged: 1 });
  after.close();
});

test('two writers of one ledger do not get into each other’s way', async () => {
  const ledgers = [openLedger(path), openLedger(path)];
  const attempts = await Promise.all(
    Array.from({ length: 300 }, async (_, i) => {
      const ledger = ledgers[i % 2]!;
      const attempt = await ledger.attempt(`t/${i % 5}`, digestPayload(Buffer.from(String(i))), i);
      ledger.acknowledge(attempt);
      return attempt;
    }),
  );
  expect(new Set(attempts).size).toBe(300);
  for (const ledger of ledgers) ledger.close();
  const reader = openLedgerReader(path);
  for (const { attempt, topic, digest } of reader.entries()) {
    const i = attempts.indexOf(attempt);
    expect([topic, digest]).toEqual([`t/${i % 5}`, new Uint8Array(digestPayload(Buffer.from(String(i))))]);
  }
  expect(reader.totals()).toEqual({ attempts: 300, acknowledged: 300 });
  reader.close();
});

test('what a process attempted is there after it was killed', async () => {
  const script = fileURLToPath(new URL('support/attempting-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let reported = 0;
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop()!;
    reported = Number(lines.at(-1) ?? reported);
    if (reported > 300) child.kill('SIGKILL');
  });
  await once(child, 'close');
  const ledger = openLedger(path);
  expect(reported).toBeGreaterThan(300);
  expect(ledger.totals().attempts).toBeGreaterThanOrEqual(reported);
  ledger.close();
});

test('a ledger that cannot be opened, or written any more, says so', async () => {
  expect(() => openLedger(join(folder, 'no', 'ledger.db'))).toThrow(TributaryError);
  expect(() => openLedgerReader(path)).toThrow(/ledger .*ledger\.db cannot be opened/);
  const ledger = openLedger(path);
  await expect(ledger.attempt('a/b', null as unknown as Uint8Array, 1)).rejects.toThrow(
    /cannot be written: NOT NULL/,
  );
  expect(await ledger.attempt('a/b', digestPayload(payload), 1)).toBe(1);
  expect(Array.from(ledger.entries(), (entry) => entry.topic)).toEqual(['a/b']);
  ledger.close();
});

test('what was injected on purpose is durable with the attempt that follows, counted by kind', async () => {
  const ledger = openLedger(path);
  const digest = digestPayload(payload);
  ledger.inject('poison', 'a/b', digest, 1);
  ledger.inject('late', 'a/c', digest, 2);
  ledger.inject('late', 'a/d', digest, 3);
  await ledger.attempt('a/b', digest, 4);
  const reader = openLedgerReader(path);
  expect(reader.faults()).toEqual({ doubled: 0, late: 2, skew: 0, disorder: 0, poison: 1, disconnects: 0 });
  expect(Array.from(reader.poisons())).toEqual([{ topic: 'a/b', digest: new Uint8Array(digest) }]);
  reader.close();
  ledger.close();
});

test('a ledger from before faults were counted can be read', () => {
  const database = new DatabaseSync(path);
  database.exec(
    `create table topics (id integer primary key, topic text not null unique);
     create table attempts (id integer primary key, topic integer, digest blob not null, at integer not null);
     create table acknowledgements (attempt integer primary key)`,
  );
  database.close();
  const reader = openLedgerReader(path);
  expect(reader.faults()).toMatchObject({ poison: 0 });
  expect(Array.from(reader.poisons())).toEqual([]);
  reader.close();
});
