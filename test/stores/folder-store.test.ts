import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { StoreError } from '../../src/stores/store-error.ts';
import { sweepTemporaries } from '../../src/stores/temporary-files.ts';
import { describeObjectStore } from '../contracts/object-store.ts';
import { collect } from '../support/collect.ts';
import { drawSeed, seededRandom } from '../support/seed.ts';

const WRITER = fileURLToPath(new URL('../support/folder-writer.ts', import.meta.url));

const QUIET = ['--disable-warning=ExperimentalWarning'];

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-store-'));
});
afterEach(() => rm(root, { recursive: true }));

describeObjectStore('folder', async () => ({
  // the root is not there yet: the first write makes it
  store: createFolderStore(join(root, 'deep', 'lake')),
  openAnother: () => createFolderStore(join(root, 'deep', 'lake')),
}));

it.each(['../outside', 'a/../../outside', '/etc/passwd', '.', 'a/./b', 'a//b', 'a/', '', 'a\0b', 'a/.tmp-1'])(
  'refuses the key %j',
  async (key) => {
    const store = createFolderStore(join(root, 'lake'));
    const bytes = new Uint8Array(1);
    for (const call of [
      () => store.get(key),
      () => store.getRange(key, 0, 1),
      () => store.put(key, bytes),
      () => store.putIfAbsent(key, bytes),
      () => store.delete(key),
      async () => store.localPath(key),
    ]) {
      await expect(call()).rejects.toThrow(/names no object in a folder/);
    }
    expect(await readdir(root)).toEqual([]);
  },
);

it('lists nothing outside of its root', async () => {
  await writeFile(join(root, 'secret'), 'x');
  const store = createFolderStore(join(root, 'lake'));
  for (const prefix of ['../', '/', 'a/../../', './']) {
    await expect(collect(store.list(prefix))).rejects.toThrow(/does not lie in a folder/);
  }
});

it('leaves no temporary file behind, whatever the answer', async () => {
  const store = createFolderStore(root);
  await store.put('t/put', new Uint8Array(9));
  await Promise.all(Array.from({ length: 8 }, () => store.putIfAbsent('t/created', new Uint8Array(9))));
  await store.put('in-the-way/object', new Uint8Array(1));
  await expect(store.put('in-the-way', new Uint8Array(1))).rejects.toThrow(StoreError);
  expect(await readdir(join(root, 't'))).toEqual(['created', 'put']);
  expect(await readdir(root)).toEqual(['in-the-way', 't']);
});

it('says where an object is, and never answers `exists` for a folder', async () => {
  const store = createFolderStore(root);
  await store.put('t/object', new Uint8Array(1));
  expect(store.localPath('t/object')).toBe(join(root, 't', 'object'));
  await expect(store.putIfAbsent('t', new Uint8Array(1))).rejects.toThrow(
    /a folder of that name is in the way/,
  );
});

it('names the path and the mend where a file stands in the way of the root', async () => {
  await writeFile(join(root, 'file'), 'x');
  const store = createFolderStore(join(root, 'file', 'lake'));
  await expect(store.putIfAbsent('t/0', new Uint8Array(1))).rejects.toThrow(
    /^cannot create .*file\/lake\/t\/0: ENOTDIR, a file stands where a folder is needed/,
  );
  expect(await store.get('t/0')).toBeUndefined();
});

it('names the path and the mend where it may not write', async () => {
  const locked = join(root, 'locked');
  await mkdir(locked);
  await chmod(root, 0o755);
  await chmod(locked, 0o555);
  // root may write everywhere: then the call is made as nobody
  const asRoot = process.getuid?.() === 0;
  const { stdout } = await runWriter(['once', locked, 't/0'], asRoot ? { uid: 65_534, gid: 65_534 } : {});
  expect(stdout).toMatch(
    /^StoreError false cannot create .*locked\/t\/0: EACCES, let this user read and write there/,
  );
  expect(await readdir(locked)).toEqual([]);
});

describe('temporary files', () => {
  beforeEach(async () => {
    await createFolderStore(root).put('t/log/0', new Uint8Array(4));
    await writeFile(join(root, 't', 'log', '.tmp-killed'), 'half');
  });

  it('are never listed', async () => {
    const infos = await collect(createFolderStore(root).list(''));
    expect(infos.map((info) => info.key)).toEqual(['t/log/0']);
  });

  it('are swept once they are old, and nothing else is', async () => {
    expect(await sweepTemporaries(root, Date.now() - 60_000)).toBe(0);
    const old = new Date(Date.now() - 3_600_000);
    await utimes(join(root, 't', 'log', '.tmp-killed'), old, old);
    await utimes(join(root, 't', 'log', '0'), old, old);
    expect(await sweepTemporaries(root, Date.now() - 60_000)).toBe(1);
    expect(await readdir(join(root, 't', 'log'))).toEqual(['0']);
  });
});

it('lets one of several processes create a key', async () => {
  const processes = 4;
  const runs = await Promise.all(
    Array.from({ length: processes }, (_, i) => runWriter(['race', root, String(i), '60'])),
  );
  const winners = new Map<string, string>();
  for (const line of runs.flatMap(({ stdout }) => stdout.trim().split('\n').filter(Boolean))) {
    const [key = '', writer = ''] = line.split(' ');
    expect(winners.has(key), `${key} was created twice`).toBe(false);
    winners.set(key, writer);
  }
  expect(winners.size).toBe(60);
  const store = createFolderStore(root);
  for (const [key, writer] of winners) {
    expect(Buffer.from((await store.get(key))!).toString()).toBe(`writer ${writer}`);
  }
});

it('never shows half an object when its writer is killed', async () => {
  const seed = drawSeed('folder-store kill');
  const random = seededRandom(seed);
  const store = createFolderStore(root);
  let acknowledged = 0;
  let left = 0;
  for (let round = 0; round < 8; round++) {
    const { stdout } = await killWriter(['commit', root, String(round)], random() * 40);
    const keys = stdout
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('created '));
    acknowledged += keys.length;
    for (const line of keys) expect(await store.get(line.slice('created '.length)), line).toBeDefined();
    left = (await readdir(join(root, 'log'))).filter((name) => name.startsWith('.tmp-')).length;
  }
  let objects = 0;
  for await (const { key } of store.list('')) {
    const bytes = (await store.get(key))!;
    const body = bytes.subarray(0, -32);
    expect(
      createHash('sha256').update(body).digest().equals(bytes.subarray(-32)),
      `${key}, seed ${seed}`,
    ).toBe(true);
    objects++;
  }
  expect(objects).toBeGreaterThanOrEqual(acknowledged);
  expect(acknowledged).toBeGreaterThan(0);
  expect(await sweepTemporaries(root, Date.now() + 1_000)).toBe(left);
  expect(execFileSync('find', [root, '-name', '.tmp-*']).toString()).toBe('');
});

type Identity = { readonly uid?: number; readonly gid?: number };

async function runWriter(args: readonly string[], identity: Identity = {}): Promise<{ stdout: string }> {
  const child = spawn(process.execPath, [...QUIET, WRITER, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...identity,
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code, args.join(' ')).toBe(0);
  return { stdout };
}

/** Kills the writer so many milliseconds after its first acknowledgement. */
async function killWriter(args: readonly string[], after: number): Promise<{ stdout: string }> {
  const child = spawn(process.execPath, [...QUIET, WRITER, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (stdout === '') setTimeout(() => child.kill('SIGKILL'), after);
    stdout += chunk.toString();
  });
  const signal = await new Promise((resolve) => child.once('close', (_code, name) => resolve(name)));
  expect(signal).toBe('SIGKILL');
  // a line that the kill cut in two was never said
  return { stdout: stdout.slice(0, stdout.lastIndexOf('\n') + 1) };
}
