import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestPayload, type Ledger, openLedger } from '../../../device-sim/ledger.ts';
import { createRandom } from '../../../device-sim/random.ts';
import { viewLedger } from '../../../local/verify/check-ledger.ts';
import { createMessageKey } from '../../../local/verify/message-key.ts';
import { createViolations } from '../../../local/verify/violations.ts';

let folder: string;
let ledger: Ledger;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'check-ledger-'));
  ledger = openLedger(join(folder, 'ledger.db'));
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true });
});

const digest = (n: number) => digestPayload(Buffer.from(`{"n":${n}}`));

async function attempt(topic: string, n: number, acknowledged: boolean, at = 1000): Promise<void> {
  const number = await ledger.attempt(topic, digest(n), at);
  if (acknowledged) ledger.acknowledge(number);
}

async function check(
  records: readonly (readonly [topic: string, n: number])[],
  trimmedUntil = 0,
  meanwhile = () => Promise.resolve(),
) {
  const key = createMessageKey();
  const violations = createViolations();
  const view = viewLedger(ledger, trimmedUntil, key);
  await meanwhile();
  const keys = BigUint64Array.from(records, ([topic, n]) => key(topic, digest(n)));
  const foreign = await view.compare(keys, violations);
  const count = { lost: violations.count('lost'), doubled: violations.count('doubled') };
  return { acknowledged: view.acknowledged, foreign, ...count, samples: violations.samples() };
}

test('acknowledged ≤ records ≤ attempts, by topic and payload, is right', async () => {
  await attempt('t/a', 1, true);
  await attempt('t/a', 2, false);
  await attempt('t/a', 2, true);
  await attempt('t/a', 3, false);
  await attempt('t/b', 1, true);
  await attempt('t/b', 1, true);
  const verdict = await check([['t/a', 1], ['t/a', 2], ['t/a', 2], ['t/b', 1], ['t/b', 1]]); // prettier-ignore
  expect(verdict).toEqual({ acknowledged: 4, foreign: 0, lost: 0, doubled: 0, samples: [] });
});

test('an acknowledged message that the stream lacks is lost, with its topic and digest; the same payload elsewhere does not help', async () => {
  await attempt('t/a', 1, true);
  await attempt('t/b', 1, true);
  await attempt('t/b', 1, true);
  const verdict = await check([['t/b', 1], ['t/c', 1]]); // prettier-ignore
  expect(verdict).toMatchObject({ lost: 2, doubled: 0, foreign: 1 });
  const hex = Buffer.from(digest(1)).toString('hex');
  expect(verdict.samples).toEqual([
    {
      kind: 'lost',
      topic: 't/a',
      detail: `payload of SHA-256 ${hex}: acknowledged 1 times, in the stream 0 times`,
    },
    {
      kind: 'lost',
      topic: 't/b',
      detail: `payload of SHA-256 ${hex}: acknowledged 2 times, in the stream 1 times`,
    },
  ]);
});

test('more records than attempts are doubled; records that nobody attempted are other devices’', async () => {
  await attempt('t/a', 1, false);
  const verdict = await check([['t/a', 1], ['t/a', 1], ['t/a', 1], ['t/z', 9]]); // prettier-ignore
  expect(verdict).toMatchObject({ lost: 0, doubled: 2, foreign: 1 });
  expect(verdict.samples[0]).toMatchObject({
    kind: 'doubled',
    topic: 't/a',
    detail: expect.stringContaining('in the stream 3 times, attempted 1 times'),
  });
});

test('what was attempted before the stream was trimmed is not missed, what came after is', async () => {
  await attempt('t/a', 1, true, 1000);
  await attempt('t/a', 2, true, 3000);
  expect(await check([], 2000)).toMatchObject({ acknowledged: 2, lost: 1 });
});

test('what happens beside the check is never called wrong', async () => {
  await attempt('t/a', 1, true);
  const verdict = await check(
    [
      ['t/a', 1],
      ['t/a', 2],
    ],
    0,
    async () => {
      await attempt('t/a', 2, true);
      await attempt('t/a', 3, true);
    },
  );
  expect(verdict).toMatchObject({ lost: 0, doubled: 0, foreign: 0 });
});

test('agrees with a plain count on random ledgers', async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  const random = createRandom(seed);
  const pick = (limit: number) => Math.floor(random() * limit);
  const expected = new Map<string, [attempts: number, acks: number, records: number]>();
  const at = (topic: string, n: number) => {
    const key = `${topic} ${n}`;
    if (!expected.has(key)) expected.set(key, [0, 0, 0]);
    return expected.get(key)!;
  };
  for (let i = 0; i < 3000; i++) {
    const [topic, n, acknowledged] = [`t/${pick(5)}`, pick(300), random() < 0.5] as const;
    await attempt(topic, n, acknowledged);
    at(topic, n)[0]++;
    if (acknowledged) at(topic, n)[1]++;
  }
  const records = Array.from({ length: 2500 }, () => [`t/${pick(5)}`, pick(300)] as const);
  for (const [topic, n] of records) at(topic, n)[2]++;
  let [lost, doubled, foreign] = [0, 0, 0];
  for (const [attempts, acks, count] of expected.values()) {
    if (attempts === 0) foreign += count;
    else if (acks > count) lost += acks - count;
    else if (count > attempts) doubled += count - attempts;
  }
  const verdict = await check(records);
  expect(verdict, `seed ${seed}`).toMatchObject({ lost, doubled, foreign });
  expect(verdict.samples).toHaveLength(40);
});
