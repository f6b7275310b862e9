import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { openStore } from '../../src/stores/open-store.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-open-'));
});
afterEach(() => rm(root, { recursive: true }));

it('opens a path and a file URL, blanks included', async () => {
  await openStore(join(root, 'my lake')).put('a', Buffer.from('x'));
  const same = openStore(pathToFileURL(join(root, 'my lake')).href);
  expect(Buffer.from((await same.get('a'))!).toString()).toBe('x');
});

it('makes nothing until something is written', async () => {
  const store = openStore(join(root, 'lake'));
  expect(await store.get('a')).toBeUndefined();
  for await (const info of store.list('')) expect.fail(info.key);
  expect(await readdir(root)).toEqual([]);
});

it.each([
  '',
  'gs://bucket/prefix',
  'https://bucket.s3.amazonaws.com/prefix',
  's3:bucket',
  's3://',
  's3:///prefix',
  's3://Bucket_With_Capitals/prefix',
  'file://elsewhere/share',
])('refuses %j in one line', (address) => {
  expect(() => openStore(address)).toThrow(UsageError);
  expect(() => openStore(address)).toThrow(
    /^cannot open a store at "[^\n]*; give s3:\/\/bucket\/prefix, file:/,
  );
});

it.each([
  { address: 'folder', loads: false },
  { address: 's3://bucket/prefix', loads: true },
])('loads the AWS SDK for $address: $loads', ({ address, loads }) => {
  const script = `
    import { createRequire } from 'node:module';
    import { openStore } from ${JSON.stringify(new URL('../../src/stores/open-store.ts', import.meta.url).href)};
    const store = openStore(${JSON.stringify(address === 'folder' ? join(root, 'lake') : address)});
    await store.put('a', Buffer.from('x')).catch(() => undefined);
    const { cache } = createRequire(import.meta.url);
    console.log(Object.keys(cache).some((path) => path.includes('client-s3')));`;
  // nothing listens there: the call fails at once, the SDK is loaded all the same
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_MAX_ATTEMPTS: '1',
    AWS_REGION: 'eu-west-1',
  };
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...env, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  });
  expect(stdout.toString().trim()).toBe(String(loads));
});
