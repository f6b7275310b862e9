import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openLogFile } from '../../local/log-file.ts';
import { temporaryFolder } from './temporary-folder.ts';

it('appends, over restarts too', () => {
  const path = join(temporaryFolder(), 'a.log');
  for (const line of ['one\n', 'two\n']) {
    const log = openLogFile(path);
    log.write(line);
    log.close();
    log.write('after its end');
  }
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
});

it('starts over beyond 16 MB and keeps the one before', () => {
  const path = join(temporaryFolder(), 'a.log');
  const log = openLogFile(path);
  const megabyte = 'x'.repeat(1024 * 1024);
  for (let n = 0; n < 40; n++) log.write(megabyte);
  log.close();
  expect(statSync(`${path}.1`).size).toBe(17 * 1024 * 1024);
  expect(statSync(path).size).toBe(6 * 1024 * 1024);
});

it('says once that it cannot be written, and stops nothing', () => {
  const path = join(temporaryFolder(), 'a.log');
  const log = openLogFile(path);
  log.write('x'.repeat(17 * 1024 * 1024));
  rmSync(path);
  mkdirSync(path);
  mkdirSync(`${path}.1`);
  mkdirSync(join(`${path}.1`, 'in the way'));
  const complained = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    for (let n = 0; n < 3; n++) log.write('more');
    expect(complained).toHaveBeenCalledOnce();
  } finally {
    complained.mockRestore();
  }
});
