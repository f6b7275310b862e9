import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TributaryFunction } from '../../lib/constructs/tributary-function.ts';
import { STAGES } from '../../lib/stage.ts';
import { createKinesisEvent } from '../../local/kinesis-event.ts';
import { loadSnapshot } from '../../src/delta/snapshot.ts';
import { recordCount } from '../../src/delta/stats.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { prefixedStore } from '../../src/stores/object-store.ts';
import { type AthenaAnswer, startAthenaServer } from '../support/athena-server.ts';
import { cdkContext } from './support/synthesise.ts';

const BUNDLING = 120_000;

/** A user's own fleet, far from this repository. */
const FLEETS = `
import { defineFleet, double, inRange, notNull, table, text, topicLevel } from 'tributary';
export default defineFleet({
  name: 'tanks',
  tables: {
    fills: table({
      topic: 'tanks/{tank}/fill',
      device: topicLevel('tank'),
      columns: { tank: text({ from: topicLevel('tank') }), fill_pct: double({ from: 'fill', min: 0, max: 100 }) },
      partition: 'none',
    }),
  },
  tests: [notNull('fills', 'tank'), inRange('fills_current', 'fill_pct', { max: 100 })],
});
`;

/** What Lambda's runtime does, as far as a module sees it. */
const RUNTIME = `
import { readFileSync } from 'node:fs';
const { handler } = await import(process.argv[2]);
const answer = await handler(JSON.parse(readFileSync(process.argv[3], 'utf8')), { awsRequestId: 'test' });
process.stdout.write('\\n' + JSON.stringify(answer));
`;

let folder: string;
let assets: ReadonlyMap<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-bundles-'));
  const fleetsModule = join(folder, 'fleets.ts');
  await writeFile(fleetsModule, FLEETS);
  await writeFile(join(folder, 'runtime.mjs'), RUNTIME);
  assets = bundle(['ingest', 'checkpoint', 'test-data'], fleetsModule, join(folder, 'cdk.out'));
}, BUNDLING);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The folders that would be uploaded, by function. */
function bundle(names: readonly string[], fleetsModule: string, outdir: string): ReadonlyMap<string, string> {
  const app = new App({ outdir, context: { ...cdkContext(), 'aws:cdk:enable-asset-metadata': true } });
  const stack = new Stack(app, 'bundles');
  for (const name of names) {
    new TributaryFunction(stack, name, {
      stage: STAGES.dev,
      name,
      description: name,
      memorySize: 1769,
      timeout: Duration.minutes(1),
      build: { fleetsModule, architecture: Architecture.ARM_64 },
    });
  }
  const { Resources } = app.synth().getStackArtifact(stack.artifactId).template as {
    Resources: Record<
      string,
      { Type: string; Properties: Record<string, string>; Metadata?: Record<string, string> }
    >;
  };
  const functions = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  return new Map(
    functions.map(({ Properties, Metadata }) => [
      Properties['Description']!,
      join(outdir, Metadata!['aws:asset:path']!),
    ]),
  );
}

/** Calls the bundled function in a Node of its own that sees nothing of this repository. */
async function invoke(name: string, event: unknown, env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const eventFile = join(folder, 'event.json');
  await writeFile(eventFile, JSON.stringify(event));
  const module = pathToFileURL(join(assets.get(name)!, 'index.mjs')).href;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(folder, 'runtime.mjs'), module, eventFile],
    {
      cwd: folder,
      env: { LAKE_URL: pathToFileURL(join(folder, 'lake')).href, ...env },
    },
  );
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n')));
}

describe('bundled functions', () => {
  it('are one module each, with its map', async () => {
    for (const asset of assets.values())
      expect((await readdir(asset)).sort()).toEqual(['index.mjs', 'index.mjs.map']);
  });

  it('commit a batch of the stream by the fleets that they were built with, and write checkpoints', async () => {
    const arn = 'arn:tributary:sqlite:local:0:stream/6b1f6f6e-0000-4000-8000-000000000000';
    const records = Array.from({ length: 12 }, (_, i) => ({
      key: `tanks/t${i}/fill`,
      payload: Buffer.from(JSON.stringify({ fill: i * 10 })),
      position: String(1000 + i),
      arrivedAt: Date.UTC(2025, 0, 1) + i,
    }));
    for (const record of records) {
      const event = createKinesisEvent(arn, 'shardId-000000000000', [record]);
      expect(await invoke('ingest', event)).toEqual({ batchItemFailures: [] });
    }
    const lake = createFolderStore(join(folder, 'lake'));
    const rows = async (path: string) => {
      const snapshot = await loadSnapshot(prefixedStore(lake, `${path}/`));
      return snapshot!.files.reduce((sum, file) => sum + recordCount(file), 0);
    };
    // 0 to 100 % fit, 110 does not
    expect(await rows('tanks/fills')).toBe(11);
    expect(await rows('quarantine')).toBe(1);
    const { checkpoints } = (await invoke('checkpoint', {})) as {
      checkpoints: { table: string; version: number }[];
    };
    expect(checkpoints.map(({ table }) => table)).toEqual(['tanks/fills']);
  });

  it('have Athena hold the lake against its data tests, with no engine of their own', async () => {
    const violations: Readonly<Record<string, string>> = { tanks_fills: '0', tanks_fills_current: '2' };
    const athena = await startAthenaServer({
      ask(sql) {
        if (sql === 'SHOW TABLES') return listOf(Object.keys(violations));
        const [, name] = /FROM "(\w+)"/.exec(sql)!;
        return { kind: 'DML', columns: [{ Name: 'found', Type: 'bigint' }], rows: [[violations[name!]!]] };
      },
    });
    try {
      const answer = await invoke(
        'test-data',
        { fleet: 'tanks' },
        {
          ATHENA_WORKGROUP: 'tributary-dev',
          ATHENA_DATABASE: 'tributary_dev',
          AWS_ENDPOINT_URL_ATHENA: athena.endpoint,
          AWS_REGION: 'eu-central-1',
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
        },
      );
      expect(answer).toMatchObject({
        results: [
          { source: 'fills', outcome: 'holds' },
          { source: 'fills_current', outcome: 'violated', violations: 2, detail: '2 rows out of range' },
        ],
      });
    } finally {
      await athena.close();
    }
  });
});

const listOf = (names: readonly string[]): AthenaAnswer => ({
  kind: 'DDL',
  columns: [{ Name: 'tab_name', Type: 'string' }],
  rows: names.map((name) => [name]),
});
