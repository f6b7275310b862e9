import { afterEach, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { createS3Store } from '../../src/stores/s3-store.ts';
import { StoreError } from '../../src/stores/store-error.ts';
import { collect } from '../support/collect.ts';
import { type Script, type ScriptedS3, startScriptedS3 } from '../support/scripted-s3.ts';

// The contract of a store is held against moto's server in `npm run conformance`; here stands what only a script can say.

let s3: ScriptedS3;
afterEach(() => s3.close());

async function openScripted(
  scripts: readonly Script[],
  { maxAttempts = 1, prefix = 'lake/' } = {},
): Promise<ObjectStore> {
  s3 = await startScriptedS3(...scripts);
  return createS3Store({ client: s3.client(maxAttempts), bucket: 'bucket', prefix });
}

const OK: Script = { status: 200 };
const TAKEN: Script = { status: 412, code: 'PreconditionFailed' };
const CONFLICT: Script = { status: 409, code: 'ConditionalRequestConflict' };
const BUSY: Script = { status: 503, code: 'SlowDown' };
const bytes = Buffer.from('commit');

describe('a conditional PUT', () => {
  it('is one request that names its condition', async () => {
    const store = await openScripted([OK]);
    expect(await store.putIfAbsent('t/0.json', bytes)).toBe('created');
    expect(s3.seen).toHaveLength(1);
    expect(s3.seen[0]).toMatchObject({ method: 'PUT', path: '/bucket/lake/t/0.json' });
    expect(s3.seen[0]?.headers['if-none-match']).toBe('*');
    expect(s3.seen[0]?.body.includes(bytes)).toBe(true);
  });

  it('answers `exists` for 412', async () => {
    const store = await openScripted([TAKEN]);
    expect(await store.putIfAbsent('t/0.json', bytes)).toBe('exists');
    expect(s3.seen).toHaveLength(1);
  });

  it.each([
    { after: OK, answer: 'created' },
    { after: TAKEN, answer: 'exists' },
  ])('is sent again as it was after 409, and may then find it $answer', async ({ after, answer }) => {
    const store = await openScripted([CONFLICT, CONFLICT, after], { maxAttempts: 3 });
    expect(await store.putIfAbsent('t/0.json', bytes)).toBe(answer);
    expect(s3.seen).toHaveLength(3);
    for (const { method, path, headers, body } of s3.seen) {
      expect([method, path, headers['if-none-match']]).toEqual(['PUT', '/bucket/lake/t/0.json', '*']);
      expect(body.equals(s3.seen[0]!.body)).toBe(true);
    }
  });

  it('gives up on 409 after a bounded number, as a fault that passes', async () => {
    const store = await openScripted([CONFLICT]);
    const error = await failureOf(store.putIfAbsent('t/0.json', bytes));
    expect(error.retriable).toBe(true);
    expect(error.message).toContain(
      'cannot create s3://bucket/lake/t/0.json: 409, ConditionalRequestConflict',
    );
    expect(s3.seen).toHaveLength(8);
  });

  it.each([BUSY, 'hang-up', 'silence'] as const)(
    'does not take its own lost answer (%j, then 412) for a rival',
    async (lost) => {
      const store = await openScripted([lost, TAKEN], { maxAttempts: 3 });
      const error = await failureOf(store.putIfAbsent('t/0.json', bytes));
      expect(s3.seen).toHaveLength(2);
      expect(error.retriable).toBe(true);
      expect(error.message).toContain('cannot tell who created s3://bucket/lake/t/0.json');
    },
  );
});

describe('what passes is retriable', () => {
  it.each<readonly [Script, RegExp]>([
    [BUSY, /503, SlowDown/],
    [{ status: 500, code: 'InternalError' }, /500, InternalError/],
    [{ status: 400, code: 'RequestTimeout' }, /400, RequestTimeout/],
    ['hang-up', /no answer/],
    ['silence', /no answer, TimeoutError/],
  ])('%j', async (script, message) => {
    const store = await openScripted([script]);
    const calls = [
      () => store.get('t/0.json'),
      () => store.getRange('t/0.json', 0, 1),
      () => store.put('t/0.json', bytes),
      () => store.putIfAbsent('t/0.json', bytes),
      () => store.delete('t/0.json'),
      () => collect(store.list('t/')),
    ];
    for (const call of calls) {
      const error = await failureOf(call());
      expect(error.message).toMatch(message);
      expect(error.message).toContain('s3://bucket/lake/t/');
      expect(error.retriable).toBe(true);
    }
  });
});

describe('what somebody has to mend is not', () => {
  it.each([
    { status: 403, code: 'AccessDenied', mend: 's3:ListBucket' },
    { status: 404, code: 'NoSuchBucket', mend: 'create the bucket' },
    { status: 301, code: 'PermanentRedirect', mend: 'AWS_REGION' },
  ])('$code', async ({ status, code, mend }) => {
    const store = await openScripted([{ status, code }]);
    for (const call of [
      () => store.get('k'),
      () => store.putIfAbsent('k', bytes),
      () => collect(store.list('')),
    ]) {
      const error = await failureOf(call());
      expect(error.retriable).toBe(false);
      expect(error.message).toContain(mend);
    }
  });

  it('credentials', async () => {
    s3 = await startScriptedS3(OK);
    const client = async () => {
      const made = await s3.client(1)();
      made.config.credentials = Object.assign(
        () => Promise.reject(Object.assign(new Error('none found'), { name: 'CredentialsProviderError' })),
        { memoized: true, configBound: true },
      );
      return made;
    };
    const error = await failureOf(createS3Store({ client, bucket: 'bucket', prefix: '' }).get('k'));
    expect(error.retriable).toBe(false);
    expect(error.message).toContain('give AWS credentials');
  });
});

it('answers undefined for a key that is not there', async () => {
  const store = await openScripted([{ status: 404, code: 'NoSuchKey' }]);
  expect(await store.get('k')).toBeUndefined();
  expect((await failureOf(store.getRange('k', 0, 1))).retriable).toBe(false);
});

it('turns pages, and asks for the part of the bucket that is wanted only', async () => {
  const page = (key: string, next: string) =>
    `<ListBucketResult><IsTruncated>${next !== ''}</IsTruncated>` +
    `<Contents><Key>${key}</Key><Size>7</Size><LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents>` +
    `${next && `<NextContinuationToken>${next}</NextContinuationToken>`}</ListBucketResult>`;
  const store = await openScripted([
    { status: 200, body: page('lake/t/1', 'token') },
    { status: 200, body: page('lake/t/2', '') },
  ]);
  expect(await collect(store.list('t/', { startAfter: 't/0' }))).toEqual([
    { key: 't/1', size: 7, modifiedAt: Date.UTC(2026, 0, 2, 3, 4, 5) },
    { key: 't/2', size: 7, modifiedAt: Date.UTC(2026, 0, 2, 3, 4, 5) },
  ]);
  expect(s3.seen.map(({ query }) => query)).toEqual([
    { 'list-type': '2', prefix: 'lake/t/', 'start-after': 'lake/t/0' },
    { 'list-type': '2', prefix: 'lake/t/', 'continuation-token': 'token' },
  ]);
});

async function failureOf(work: Promise<unknown>): Promise<StoreError> {
  const error = await work.then(
    (answer) => expect.fail(`answered ${String(answer)}`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  return error as StoreError;
}
