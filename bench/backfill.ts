import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROWS = 1_000_000;
const TRIBUTARY = fileURLToPath(new URL('../bin/tributary.mjs', import.meta.url));

type Report = { readonly rows: number; readonly seconds: number; readonly peakBytes: number };

/** A million weather rows as CSV, backfilled twice: each in a process of its own, as a user starts it. */
export function benchBackfill(): void {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-backfill-'));
  const run = (...args: readonly string[]) =>
    JSON.parse(
      execFileSync(process.execPath, [TRIBUTARY, ...args, '--json'], { encoding: 'utf8' }),
    ) as Report;
  try {
    const file = join(folder, 'weather.csv');
    const own = ['--data-dir', join(folder, 'data')];
    const written = run(
      'simulate',
      '--fleet',
      'weather',
      '--to',
      file,
      '--rows',
      String(ROWS),
      '--seed',
      '1',
    );
    console.log(`backfill: ${ROWS.toLocaleString('en')} rows, written in ${written.seconds.toFixed(1)} s`);
    for (const time of ['first', 'again']) {
      const { rows, seconds, peakBytes } = run('backfill', '--fleet', 'weather', file, ...own);
      console.log(
        `${time}   ${rows.toLocaleString('en').padStart(9)} rows added in ${seconds.toFixed(1)} s, ` +
          `${Math.round(peakBytes / 2 ** 20)} MB at most`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
