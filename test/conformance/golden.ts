import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSnapshot } from '../../src/delta/snapshot.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { openJudge } from './duckdb-rows.ts';
import { expectationOf, type Expectation } from './golden-oracle.ts';

/** What became of the golden tables. `refused` counts refusals that are right. */
export type GoldenReport = {
  readonly tables: number;
  readonly passed: number;
  readonly refused: number;
  readonly failed: readonly { readonly table: string; readonly why: string }[];
};

/** Reads every golden table below `folder` by `npm run delta -- cat` and holds it against its expected rows, or the refusal that is right. */
export async function checkGolden(folder: string): Promise<GoldenReport> {
  const judge = await openJudge();
  let passed = 0;
  let refused = 0;
  const failed: { table: string; why: string }[] = [];
  const tables = findTables(folder);
  for (const { path, expected } of tables) {
    const name = path.slice(folder.length + 1);
    try {
      const expectation = await expectationOf(judge, path, expected);
      const why = await judgeTable(path, expectation);
      if (why !== undefined) failed.push({ table: name, why });
      else if (expectation.kind === 'rows') passed++;
      else refused++;
    } catch (error) {
      failed.push({ table: name, why: String(error) });
    }
  }
  return { tables: tables.length, passed, refused, failed };
}

/** Undefined where the table is read, or refused, as it should be. */
async function judgeTable(path: string, expectation: Expectation): Promise<string | undefined> {
  const outcome = await readTable(path);
  if (expectation.kind !== outcome.kind) {
    const said = outcome.kind === 'refusal' ? `: ${outcome.message}` : '';
    return `should be ${expectation.kind}, is ${outcome.kind}${said}`;
  }
  if (outcome.kind === 'refusal' && expectation.kind === 'refusal') {
    const { message } = outcome;
    return message.includes(expectation.naming)
      ? undefined
      : `refused, not for ${expectation.naming}: ${message}`;
  }
  if (outcome.kind !== 'rows' || expectation.kind !== 'rows') return undefined;
  const rows = outcome.rows.sort();
  const expected = await expectation.rows(outcome.schema);
  const at = rows.length === expected.length ? rows.findIndex((row, i) => row !== expected[i]) : 0;
  if (rows.length === expected.length && at < 0) return undefined;
  return `${rows.length} rows for ${expected.length}; row ${at}: ${rows[at]} for ${expected[at]}`;
}

const CLI = fileURLToPath(new URL('../../bin/tributary.mjs', import.meta.url));

/** As whoever types it reads the table: the command is what is judged. */
async function readTable(path: string) {
  const { code, stdout, stderr } = await runCli('delta', 'cat', path);
  if (code === 2 && stderr.includes('there is no Delta table')) return { kind: 'no-table' } as const;
  const isOneLine = /^tributary: [^\n]+\n$/.test(stderr);
  if (code === 1 && isOneLine && stdout === '') return { kind: 'refusal', message: stderr } as const;
  if (code !== 0 || stderr !== '') throw new Error(`cat ended with ${code}: ${stderr}`);
  const { schema } = (await loadSnapshot(createFolderStore(path)))!;
  return { kind: 'rows', rows: stdout.split('\n').slice(0, -1), schema } as const;
}

function runCli(...args: readonly string[]) {
  return new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>(
    (resolve) => {
      execFile(process.execPath, [CLI, ...args], { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    },
  );
}

/** Tables lie at the top of a folder, in its `delta`, or in folders below that. */
function findTables(folder: string): { readonly path: string; readonly expected: string }[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      const top = join(folder, name);
      const below = existsSync(join(top, 'delta')) ? join(top, 'delta') : top;
      const inner = readdirSync(below).filter((child) => existsSync(join(below, child, '_delta_log')));
      const paths = inner.length > 0 ? inner.map((child) => join(below, child)) : [below];
      return paths.map((path) => ({ path, expected: join(top, 'expected') }));
    });
}
