import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dataDirPaths, ensureDataDir, openDataDir, writeFileAtomically } from '../../local/data-dir.ts';
import { UsageError } from '../../src/errors.ts';
import { temporaryFolder } from './temporary-folder.ts';

const HOLDER = fileURLToPath(new URL('./fixtures/data-dir-holder.ts', import.meta.url));
/** root may write everywhere: a test of permissions needs somebody else. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

async function startHolder(path: string) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', HOLDER, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...NOBODY,
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: said.toString().trim() };
}

async function refusalOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UsageError);
  expect((error as Error).message).not.toContain('\n');
  return (error as Error).message;
}

describe('a data dir', () => {
  it('is made with its folders', async () => {
    const path = join(temporaryFolder(), 'a', 'b');
    const dataDir = await openDataDir(path);
    expect(readdirSync(path).sort()).toEqual(['failed-batches', 'lake', 'lock.db', 'logs']);
    expect(dataDir).toMatchObject(dataDirPaths(path));
    dataDir.release();
    (await openDataDir(path)).release();
  });

  it('is one process’s at a time', async () => {
    const path = temporaryFolder();
    const dataDir = await openDataDir(path);
    expect(await refusalOf(openDataDir(path))).toBe(
      `data dir ${path} is in use by another process: stop that one or pass another --data-dir`,
    );
    dataDir.release();
    (await openDataDir(path)).release();
  });

  it('is free again when its process was killed', async () => {
    const path = temporaryFolder();
    chmodSync(path, 0o777);
    const { child, said } = await startHolder(path);
    expect(said).toBe('held');
    expect(await refusalOf(openDataDir(path))).toContain('is in use by another process');
    child.kill('SIGKILL');
    await once(child, 'exit');
    (await openDataDir(path)).release();
  });

  it('that cannot be written is named, and nothing is left in it', async () => {
    const path = join(temporaryFolder(), 'read-only');
    mkdirSync(path);
    chmodSync(path, 0o555);
    chmodSync(join(path, '..'), 0o755);
    const { said } = await startHolder(path);
    expect(said).toBe(`UsageError: data dir ${path} cannot be written (EACCES): pass another --data-dir`);
    expect(readdirSync(path)).toEqual([]);
    const { said: below } = await startHolder(join(path, 'below'));
    expect(below).toBe(
      `UsageError: data dir ${join(path, 'below')} cannot be written (EACCES): pass another --data-dir`,
    );
    expect(existsSync(join(path, 'below'))).toBe(false);
  });

  it('whose lock cannot be taken for another reason is named', async () => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'lock.db'), 'no database, '.repeat(100));
    expect(await refusalOf(openDataDir(path))).toContain('lock.db is not a SQLite database');
  });

  it('that is a file is named', async () => {
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, '');
    expect(await refusalOf(ensureDataDir(path))).toContain(`data dir ${path} cannot be written (EEXIST)`);
    expect(await refusalOf(ensureDataDir(join(path, 'below')))).toContain('cannot be written (ENOTDIR)');
  });
});

describe('a file written atomically', () => {
  it('is replaced as a whole, and leaves nothing beside it', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'settings.json');
    await writeFileAtomically(path, 'first');
    await writeFileAtomically(path, 'second');
    expect(readFileSync(path, 'utf8')).toBe('second');
    expect(readdirSync(folder)).toEqual(['settings.json']);
  });

  it('that cannot be put in place leaves what was there, and nothing beside it', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'taken', 'inside'), { recursive: true });
    await expect(writeFileAtomically(join(folder, 'taken'), 'text')).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['taken']);
  });
});
