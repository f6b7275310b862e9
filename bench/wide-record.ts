import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom } from '../device-sim/random.ts';
import { MEASUREMENTS } from '../fleets/factory/test-record.ts';

const PARTS = 20_000;
/** Of a part's measurements; it passes some of the stations only. */
const SHARE_PRESENT = 0.2;
const STATION = 20;
const TRIBUTARY = fileURLToPath(new URL('../bin/tributary.mjs', import.meta.url));

type Report = { readonly rows: number; readonly seconds: number; readonly peakBytes: number };

/** Test records of a thousand sparse columns as CSV: backfilled, and asked. Each in a process of its own, as a user starts it. */
export function benchWideRecord(): void {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-wide-'));
  const own = ['--data-dir', join(folder, 'data')];
  const run = (...args: readonly string[]) =>
    execFileSync(process.execPath, [TRIBUTARY, ...args, ...own, '--json'], { encoding: 'utf8' });
  try {
    const file = join(folder, 'parts.csv');
    writeParts(file);
    console.log(
      `wide-record: ${PARTS.toLocaleString('en')} parts of ${MEASUREMENTS.length.toLocaleString('en')} numbers, ` +
        `${Math.round(SHARE_PRESENT * 100)} % present, ${megabytes(statSync(file).size)} of CSV`,
    );
    const backfill = ['backfill', '--fleet', 'factory', '--table', 'parts', file];
    const { rows, seconds, peakBytes } = JSON.parse(run(...backfill)) as Report;
    console.log(
      `backfilled  ${rows.toLocaleString('en')} rows in ${seconds.toFixed(1)} s, ${megabytes(peakBytes)} of memory at most`,
    );
    const tables = JSON.parse(run('tables')) as readonly {
      readonly table: string;
      readonly files: number;
      readonly bytes: number;
    }[];
    const { files, bytes } = tables.find(({ table }) => table === 'factory/parts')!;
    console.log(`table       ${files} files, ${megabytes(bytes)}`);
    const began = performance.now();
    const answer = run(
      'sql',
      'select line, count(*) as parts, avg(l0_s0_f0) as mean, max(l3_s49_f999) as greatest from factory_parts group by line order by line',
    );
    console.log(`asked       ${Math.round(performance.now() - began)} ms, the process's start included`);
    console.log(answer.trim());
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeParts(file: string): void {
  const random = createRandom(1, 'parts', 0);
  const out = openSync(file, 'w');
  writeSync(out, `${['site', 'area', 'line', 'Id', 'finished_at', 'Response', ...MEASUREMENTS].join(',')}\n`);
  const begin = Date.UTC(2024, 0, 1);
  for (let part = 0; part < PARTS; part++) {
    const cells = [
      'north',
      'pressing',
      `line-0${1 + (part % 4)}`,
      String(part),
      new Date(begin + part * 60_000).toISOString(),
      random() < 0.006 ? '1' : '0',
    ];
    for (let station = 0; station < MEASUREMENTS.length / STATION; station++) {
      const passed = random() < SHARE_PRESENT;
      for (let feature = 0; feature < STATION; feature++)
        cells.push(passed ? (random() - 0.5).toFixed(3) : '');
    }
    writeSync(out, `${cells.join(',')}\n`);
  }
  closeSync(out);
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}
