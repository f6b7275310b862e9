import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { formatBudget, formatSpread, spreadOf } from './measure.ts';

/** Milliseconds (design §8). */
const BUDGET_MS = 100;

type Report = { readonly imports: number; readonly batch: number; readonly together: number };

/**
 * The first batch of a fresh process, imports included: what a cold start adds to the platform's own. Bundled, as the
 * deployed function is: Node would otherwise strip the types of every file.
 */
export async function benchFirstBatch(rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  try {
    const bundle = join(folder, 'first-batch.mjs');
    await build({
      entryPoints: [new URL('first-batch-process.ts', import.meta.url).pathname],
      outfile: bundle,
      bundle: true,
      minify: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      logLevel: 'error',
    });
    const reports = Array.from({ length: rounds }, () => {
      return JSON.parse(execFileSync(process.execPath, [bundle], { encoding: 'utf8' })) as Report;
    });
    console.log(`first batch of 1,000 records in a fresh process, ${rounds} processes (min / median / max)`);
    for (const part of ['imports', 'batch', 'together'] as const) {
      console.log(
        `${part.padEnd(8)}  ${formatSpread(spreadOf(reports.map((report) => report[part])), 1)} ms`,
      );
    }
    const { median } = spreadOf(reports.map(({ together }) => together));
    console.log(formatBudget('first batch, imports included', median, BUDGET_MS, 'ms'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
