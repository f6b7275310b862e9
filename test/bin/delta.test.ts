import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeCheckpoint } from '../../src/delta/checkpoint.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { runCli, runCliForJson, startCli, temporaryPath } from '../support/cli.ts';
import { append, createDeps, createTwoColumns } from '../support/delta-rig.ts';

/** A table in a folder, with rows of those ids at its versions from 1 on. */
async function tableOf(...commits: readonly (readonly number[])[]): Promise<string> {
  const folder = temporaryPath('table');
  const store = createFolderStore(folder);
  const deps = createDeps();
  let state = await createTwoColumns(store, deps);
  for (const ids of commits) state = await append(store, state, deps, ids);
  return folder;
}

const row = (id: number) => `{"id":${id},"name":"n${id}"}\n`;

describe('npm run delta', { timeout: 120_000 }, () => {
  it('shows a table, its log, and its rows at any version', async () => {
    const folder = await tableOf([1, 2], [3]);
    expect(await runCliForJson('delta', 'describe', folder)).toMatchObject({
      version: 2,
      rows: 3,
      files: 2,
      protocol: { minReaderVersion: 1, minWriterVersion: 2 },
      log: { oldest: 0, newest: 2 },
      columns: [
        { name: 'id', type: 'long' },
        { name: 'name', type: 'string' },
      ],
    });
    expect((await runCli('delta', 'describe', folder)).stdout).toMatch(/rows +3\n/);
    expect(await runCliForJson('delta', 'log', folder, '--limit', '2')).toMatchObject([
      { version: 2, operation: 'WRITE' },
      { version: 1 },
    ]);
    expect((await runCli('delta', 'log', folder)).stdout).toContain('CREATE TABLE');
    expect(await runCli('delta', 'cat', folder)).toMatchObject({ code: 0, stdout: row(1) + row(2) + row(3) });
    expect((await runCli('delta', 'cat', folder, '--version', '1')).stdout).toBe(row(1) + row(2));
    expect((await runCli('delta', 'cat', folder, '--version', '0')).stdout).toBe('');
    const now = new Date(Date.now() + 60_000).toISOString();
    expect((await runCli('delta', 'cat', folder, '--as-of', now, '--columns', 'id')).stdout).toBe(
      '{"id":1}\n{"id":2}\n{"id":3}\n',
    );
  });

  it('looks after it', async () => {
    const folder = await tableOf([2], [3, 1]);
    const before = (await runCli('delta', 'cat', folder)).stdout;
    const dry = await runCli('delta', 'optimize', folder, '--dry-run');
    expect(dry.stdout).toMatch(/^2 files \(.*\) would be put together\n$/);
    const report = await runCliForJson('delta', 'optimize', folder, '--sort-by', 'id', '--manifest');
    expect(report).toMatchObject({ filesRemoved: 2, filesAdded: 1, rows: 3, complete: true });
    const { stdout } = await runCli('delta', 'cat', folder);
    expect(stdout).toBe(row(1) + row(2) + row(3));
    expect(stdout.split('\n').sort()).toEqual(before.split('\n').sort());
    expect(readdirSync(join(folder, '_symlink_format_manifest'))).toEqual(['manifest']);
    expect((await runCli('delta', 'optimize', folder)).stdout).toBe('there is nothing to do\n');

    const short = ['--retention', '0s', '--force'];
    const files = () => readdirSync(folder).filter((name) => name.endsWith('.parquet')).length;
    expect((await runCli('delta', 'vacuum', folder)).stdout).toMatch(/^0 data files/);
    const would = await runCliForJson('delta', 'vacuum', folder, ...short);
    expect(would).toMatchObject({ data: { deleted: 0, files: [{}, {}] } });
    expect(files()).toBe(3);
    const done = await runCliForJson('delta', 'vacuum', folder, ...short, '--yes');
    expect(done).toMatchObject({ data: { deleted: 2 }, log: { deleted: 0 } });
    expect(files()).toBe(1);
    expect((await runCli('delta', 'cat', folder)).stdout).toBe(stdout);
    expect(await runCliForJson('delta', 'checkpoint', folder)).toEqual({ version: 3, written: true });
    expect(await runCliForJson('delta', 'checkpoint', folder)).toEqual({ version: 3, written: false });
    expect((await runCli('delta', 'manifest', folder)).stdout).toBe(
      '1 manifests of 1 files written, 0 removed: version 3\n',
    );
  });

  it('ends well where nobody reads on', async () => {
    const folder = await tableOf(Array.from({ length: 60_000 }, (_, i) => i));
    const { child, ended } = startCli(['delta', 'cat', folder]);
    child.stdout!.once('data', () => child.stdout!.destroy());
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('names the file and the version that are broken, in one line', async () => {
    const folder = await tableOf([1], [2]);
    const [file] = readdirSync(folder).filter((name) => name.endsWith('.parquet'));
    rmSync(join(folder, file!));
    const missing = await runCli('delta', 'cat', folder);
    expect(missing).toMatchObject({
      code: 1,
      stderr: `tributary: ${file}: is live at version 2, and missing\n`,
    });
    const log = join(folder, '_delta_log', '00000000000000000002.json');
    writeFileSync(log, '{"add":{"path":');
    const broken = await runCli('delta', 'describe', folder);
    expect(broken.stderr).toMatch(/^tributary: _delta_log\/0{19}2\.json: line 1 is no JSON[^\n]*\n$/);
    expect(broken.code).toBe(1);
    writeFileSync(log, '{"protocol":{"minReaderVersion":9,"minWriterVersion":9}}\n');
    expect(await runCli('delta', 'cat', folder)).toMatchObject({
      code: 1,
      stderr: 'tributary: the table needs minReaderVersion 9; versions up to 3 are understood\n',
    });
  });

  it('gives a mistake one line and exit code 2', async () => {
    const folder = await tableOf([1]);
    await writeCheckpoint(createFolderStore(folder), {}, createDeps());
    rmSync(join(folder, '_delta_log', '00000000000000000000.json'));
    const mistakes: readonly (readonly [args: readonly string[], says: RegExp])[] = [
      [['cat', `${folder}-not`], /there is no Delta table at .*table-not: it holds no _delta_log/],
      [['cat', folder, '--version', '7'], /version 7 does not exist: the newest is 1/],
      [['cat', folder, '--version', '0'], /version 0 is no longer in the log.*can be read is 1/],
      [['cat', folder, '--as-of', 'yesterday'], /--as-of.* as 2026-01-31T12:00:00Z/],
      [['cat', folder, '--as-of', '2020-01-01'], /what stood at 2020-01-01.* no longer in the log/],
      [['cat', folder, '--version', '1', '--as-of', '2030-01-01'], /give one of them/],
      [['cat', folder, '--format', 'csv'], /--format.* ndjson and no other/],
      [['cat', folder, '--columns', 'id,when'], /the table has no column when, but id, name/],
      [['cat', 's3://bucket/t', '--endpoint', 'localhost'], /--endpoint "localhost" is no address/],
      [['optimize', folder, '--sort-by', 'when'], /no such column, but id, name/],
      [['optimize', folder, '--target-size', 'big'], /--target-size.* as 128MB/],
      [['describe'], /missing required argument 'location'/],
    ];
    for (const [args, says] of mistakes) {
      const { code, stdout, stderr } = await runCli('delta', ...args);
      expect(stderr).toMatch(says);
      expect(stderr).toMatch(/^tributary: [^\n]+\n$/);
      expect([code, stdout]).toEqual([2, '']);
    }
  });
});
