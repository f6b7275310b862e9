import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { scan } from '../../../src/delta/scan.ts';
import { loadSnapshot } from '../../../src/delta/snapshot.ts';
import { createFolderStore } from '../../../src/stores/folder-store.ts';
import { DOCUMENTED, documentedBlocks, documentedStatements } from '../connect/blocks.ts';
import { CONNECT_PYTHON } from '../connect/installation.ts';
import type { Check } from '../check.ts';
import { startMoto } from '../moto.ts';
import { REPO } from '../places.ts';
import { runCommand } from '../run-command.ts';
import { useSpark, useTrino } from '../running.ts';
import { REGION, withS3 } from '../s3-servers.ts';
import { queryTrino } from '../trino/query.ts';

const CLI = join(REPO, 'bin', 'tributary.mjs');

/** What docs/connect.md tells people to type, typed. */
export const connectLines: readonly Check[] = [
  {
    name: 'the documented lines of pandas, polars and DuckDB read a lake in S3',
    needs: ['connect', 'moto'],
    run: () =>
      withLake(async (lake, folder) => {
        const rows = await countRows(join(lake, DOCUMENTED.table));
        await withS3({ need: 'moto', name: 'moto', start: startMoto }, async (env) => {
          const client = await upload(lake, env);
          for (const [i, code] of (await documentedBlocks('python')).entries()) {
            const script = join(folder, `lines-${i}.py`);
            await writeFile(script, `${code}\nprint("rows:", len(rows))\n`);
            const said = await demand(CONNECT_PYTHON, [script], env);
            if (!said.includes(`rows: ${rows}\n`))
              throw new Error(`not ${rows} rows, but ${said}, of ${code}`);
          }
          await writeManifests(env, client);
        });
        console.log(`pandas, polars and DuckDB: ${rows} rows`);
      }),
  },
  {
    name: 'the documented address of Superset is one of Athena',
    needs: ['connect'],
    async run() {
      const addresses = (await documentedBlocks('text')).filter((block) => block.startsWith('awsathena'));
      if (addresses.length !== 1) throw new Error(`${addresses.length} addresses`);
      const script = new URL('../connect/superset.py', import.meta.url).pathname;
      const said = await demand(CONNECT_PYTHON, [script, addresses[0]!.trim()], process.env);
      if (!/FROM weather_daily[\s\S]*LIMIT 10/.test(said)) throw new Error(`it writes ${said}`);
      for (const code of await documentedBlocks('python athena')) {
        const compiles = `import sys; compile(sys.argv[1], "connect.md", "exec"); from pyathena import connect`;
        await demand(CONNECT_PYTHON, ['-c', compiles, code], process.env);
      }
    },
  },
  {
    name: 'the documented SQL of Spark reads a table',
    needs: ['spark'],
    run: () =>
      withLake(async (lake) => {
        const table = join(lake, DOCUMENTED.table);
        const spark = await useSpark();
        const statements = await documentedStatements('sql spark', `file://${table}`);
        let answer: unknown;
        for (const sql of statements) answer = await spark.ask({ do: 'sql', sql });
        await spark.ask({ do: 'sql', sql: 'DROP TABLE weather_observations' });
        const rows = await countRows(table);
        if (answer !== rows) throw new Error(`Spark reads ${String(answer)} rows of ${rows}`);
      }),
  },
  {
    name: 'the documented SQL of Trino reads a table',
    needs: ['trino'],
    run: () =>
      withLake(async (lake) => {
        const table = join(lake, DOCUMENTED.table);
        const { endpoint } = await useTrino();
        let answer: readonly unknown[] = [];
        for (const sql of await documentedStatements('sql trino', `local://${table}`))
          answer = await queryTrino(endpoint, sql);
        const rows = await countRows(table);
        if (answer.length !== rows) throw new Error(`Trino reads ${answer.length} rows of ${rows}`);
      }),
  },
];

/** A lake as the product makes it, in a folder that goes with the work. */
async function withLake(work: (lake: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-connect-'));
  try {
    const args = ['start', '--fleet', 'weather', '--for', '2s', '--mqtt-port', '0', '--data-dir', folder];
    await demand(process.execPath, [CLI, ...args], process.env);
    await work(join(folder, 'lake'), folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function countRows(table: string): Promise<number> {
  const store = createFolderStore(table);
  let rows = 0;
  for await (const batch of scan(store, (await loadSnapshot(store))!)) rows += batch.length;
  if (rows === 0) throw new Error('a table without rows shows nothing');
  return rows;
}

/** Puts a lake where the document says that it lies. */
async function upload(lake: string, env: NodeJS.ProcessEnv): Promise<S3Client> {
  const client = new S3Client({
    endpoint: env['AWS_ENDPOINT_URL']!,
    region: REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const { bucket, prefix } = DOCUMENTED;
  const where = { LocationConstraint: REGION } as const;
  await client.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: where }));
  for (const entry of await readdir(lake, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const key = `${prefix}/${relative(lake, path).split(sep).join('/')}`;
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: await readFile(path) }));
  }
  return client;
}

/** The lines for Redshift, as far as they are ours: a manifest a partition, which names the files of the bucket. */
async function writeManifests(env: NodeJS.ProcessEnv, client: S3Client): Promise<void> {
  const lines = (await documentedBlocks('sh')).filter((block) => block.includes(' manifest '));
  const [, args] = /^npm run delta -- ([^\n]+)\n$/.exec(lines[0] ?? '') ?? [];
  if (args === undefined) throw new Error('docs/connect.md has no line that writes manifests');
  await demand(process.execPath, [CLI, 'delta', ...args.split(' ')], env);
  const { bucket, prefix, table } = DOCUMENTED;
  const Prefix = `${prefix}/${table}/_symlink_format_manifest/`;
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
  const sql = (await documentedBlocks('sql redshift')).join('\n');
  const partition = new RegExp(`${Prefix}${/\w+(?==2026-01-01\/)/.exec(sql)?.[0]}=[^/]+/manifest$`);
  if (!Contents.some(({ Key }) => partition.test(Key!)))
    throw new Error(
      `no manifest below the documented partition: ${Contents.map(({ Key }) => Key).join(', ')}`,
    );
}

async function demand(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { code, output } = await runCommand(program, args, { env });
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${output.trim().slice(-2_000)}`);
  return output;
}
