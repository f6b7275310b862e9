import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataType, field, struct } from '../../src/columns/types.ts';
import { createTable, openTable } from '../../src/delta/index.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { batchOf } from '../support/delta-rig.ts';
import { writeRandomTable } from './written-tables.ts';

/** A table for other engines to read. */
export type EngineTable = { readonly about: string; readonly path: string };

type Recipe = {
  readonly name: string;
  readonly write: (path: string) => Promise<unknown>;
};

/** What folder names, URLs, SQL and Hive each have a mind of their own about. */
const TEXTS: readonly (string | null)[] = [
  null,
  '',
  ' ',
  ' lead and trail ',
  'a/b/../c',
  'a%b',
  '%2F',
  '100%',
  'a=b&c+d',
  '12:30:00',
  `it's "quoted"`,
  'back\\slash',
  'what?#[no]{yes}^~|<>*',
  'tab\tline\nbell\u0007',
  'ü 日本 \u{1f600}',
  '.',
  '..',
  '_hidden',
  '.hidden',
  'null',
  '__HIVE_DEFAULT_PARTITION__',
  '2026-01-01',
  'x'.repeat(60),
];

/** Ends of ranges, and what is written in more than one way. */
const VALUES: Readonly<Record<string, readonly [DataType, readonly unknown[]]>> = {
  a_long: ['long', [-(2n ** 63n), 2n ** 63n - 1n, 0n, 2n ** 53n + 1n]],
  an_integer: ['integer', [-(2 ** 31), 2 ** 31 - 1, 0]],
  a_short: ['short', [-32_768, 32_767]],
  a_byte: ['byte', [-128, 127]],
  a_double: ['double', [0.1, -1e300, 5e-324, 1e21, Number.NaN, Number.POSITIVE_INFINITY]],
  a_float: ['float', [Math.fround(0.1), Math.fround(-3.4e38), Math.fround(1e-45)]],
  a_boolean: ['boolean', [true, false]],
  a_date: ['date', [0, -1, 20_000, -7_305]],
  a_timestamp: ['timestamp', [0n, -1_000n, 1_767_225_600_123_000n, 946_684_799_999_000n]],
};

const DECIMALS: Readonly<Record<string, readonly [DataType, readonly unknown[]]>> = {
  decimal_cents: ['decimal(5,2)', [-77n, 0n, 5n, 99_999n, -99_999n]],
  decimal_wide: ['decimal(38,10)', [1n, -(10n ** 37n), 10n ** 38n - 1n]],
  decimal_whole: ['decimal(18,0)', [-1n, 10n ** 17n]],
};

const COMMITS = 1_000;

const RECIPES: readonly Recipe[] = [
  {
    name: 'partitions of texts',
    write: (path) => writePartitioned(path, { text: ['string', TEXTS] }),
  },
  {
    name: 'partitions of values',
    write: (path) => writePartitioned(path, VALUES),
  },
  {
    name: 'partitions of decimals',
    write: (path) => writePartitioned(path, DECIMALS),
  },
  { name: `${COMMITS} commits`, write: writeManyCommits },
];

/**
 * Tables of all types by random histories from `seed` on (evolution, rewrites and checkpoints among them), partitions of all
 * types, a long log; each as it was written, after an optimize, and after a vacuum with a checkpoint on top.
 */
export async function writeEngineTables(
  folder: string,
  seed: number,
  histories: number,
): Promise<readonly EngineTable[]> {
  const random = Array.from({ length: histories }, (_, i): Recipe => {
    const write = (path: string) => writeRandomTable(path, seed + i);
    return { name: `the random history ${seed + i}`, write };
  });
  const tables: EngineTable[] = [];
  for (const [i, { name, write }] of [...random, ...RECIPES].entries()) {
    const stage = (after: string) => join(folder, `${i}-${after}`);
    await mkdir(stage('written'), { recursive: true });
    await write(stage('written'));
    await cp(stage('written'), stage('optimized'), { recursive: true });
    await (await openTable(createFolderStore(stage('optimized')))).optimize();
    await cp(stage('optimized'), stage('vacuumed'), { recursive: true });
    const vacuumed = await openTable(createFolderStore(stage('vacuumed')));
    await vacuumed.vacuum({ retention: 0, force: true });
    await vacuumed.checkpoint();
    for (const after of ['written', 'optimized', 'vacuumed'])
      tables.push({ about: `${name}, ${after}`, path: stage(after) });
  }
  return tables;
}

/** A row for every value of every column; where a column has fewer values than others, they come again. */
async function writePartitioned(
  path: string,
  columns: Readonly<Record<string, readonly [DataType, readonly unknown[]]>>,
): Promise<void> {
  const names = Object.keys(columns);
  const types = Object.fromEntries(names.map((name) => [name, columns[name]![0]]));
  const table = await createTable(createFolderStore(path), {
    columns: { id: 'integer', ...types },
    partitionBy: names,
  });
  const { schema } = await table.snapshot();
  const longest = Math.max(...names.map((name) => columns[name]![1].length));
  // twice, so that there is something to optimize
  for (let time = 0; time < 2; time++) {
    const rows = Array.from({ length: longest }, (_, id) => {
      const values = names.map((name) => [name, columns[name]![1][id % columns[name]![1].length]]);
      return { id: id + time * longest, ...Object.fromEntries(values) };
    });
    await table.append(batchOf(schema, [...rows, { id: -1 - time }]));
  }
}

async function writeManyCommits(path: string): Promise<void> {
  const schema = struct([field('id', 'long'), field('text', 'string'), field('day', 'date')]);
  const table = await createTable(createFolderStore(path), {
    columns: Object.fromEntries(schema.fields.map(({ name, type }) => [name, type])),
    partitionBy: ['day'],
    properties: { 'delta.checkpointInterval': '100' },
  });
  for (let n = 0; n < COMMITS; n++) {
    const row = { id: BigInt(n), text: `row ${n}`, day: 20_000 + Math.floor(n / 250) };
    await table.append(batchOf(schema, [row]));
    if (n % 100 === 99) await table.checkpoint();
  }
}
