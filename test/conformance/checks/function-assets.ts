import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createKinesisEvent } from '../../../local/kinesis-event.ts';
import type { Check } from '../check.ts';
import { synthesiseCloud } from '../cloud-assembly.ts';
import { runCommand } from '../run-command.ts';

const LARGEST_BYTES = 250 * 1024 * 1024;
/** As ELF numbers machines. */
const AARCH64 = 183;
/** The minor version of glibc on Amazon Linux 2023, where Lambda runs Node 24. */
const NEWEST_GLIBC = 34;

/** What Lambda's runtime does, as far as a module sees it. */
const RUNTIME = `
import { readFileSync } from 'node:fs';
const { handler } = await import(process.argv[2]);
const answer = await handler(JSON.parse(readFileSync(process.argv[3], 'utf8')), { awsRequestId: 'conformance' });
process.stdout.write('\\n' + JSON.stringify(answer));
`;

/**
 * The command that runs Node 24 on arm64: this one on such a machine, on others what `TRIBUTARY_ARM64_NODE` says, as in
 * `qemu-aarch64-static -L /usr/aarch64-linux-gnu /opt/node-arm64/bin/node`.
 */
const arm64Node =
  process.arch === 'arm64' ? [process.execPath] : (process.env['TRIBUTARY_ARM64_NODE']?.split(' ') ?? []);

type FunctionAsset = { readonly name: string; readonly folder: string };

/**
 * What would be uploaded as Lambda would take it: small enough, native libraries for its machine and its glibc, and each
 * function, started in a bare Node, answers an event of its source. Ingest takes a day of weather, which the rollup finds.
 */
export const functionAssets: Check = {
  name: 'the functions are what Lambda can start',
  needs: [],
  async run() {
    const assets = await findAssets(await synthesiseCloud());
    const scratch = await mkdtemp(join(tmpdir(), 'tributary-functions-'));
    try {
      await writeFile(join(scratch, 'runtime.mjs'), RUNTIME);
      for (const asset of assets) {
        const isNative = await inspect(asset);
        await start(asset, isNative, scratch);
      }
    } finally {
      await rm(scratch, { recursive: true });
    }
  },
};

async function findAssets(assembly: string): Promise<readonly FunctionAsset[]> {
  const template = await readFile(join(assembly, 'functions.template.json'), 'utf8');
  const { Resources } = JSON.parse(template) as {
    readonly Resources: Readonly<
      Record<string, { readonly Type: string; readonly Metadata: Readonly<Record<string, string>> }>
    >;
  };
  return Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Metadata }) => ({
      name: Metadata['aws:cdk:path']!.split('/')[1]!.toLowerCase(),
      folder: join(assembly, Metadata['aws:asset:path']!),
    }));
}

/** Rejects where Lambda would not take it; says whether there is native code in it. */
async function inspect({ name, folder }: FunctionAsset): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  let bytes = 0;
  let native = false;
  for (const path of paths) {
    bytes += (await stat(path)).size;
    if (!/\.(?:node|so)(?:\.|$)/.test(path)) continue;
    native = true;
    const library = await readFile(path);
    const machine = library.readUInt16LE(18);
    if (machine !== AARCH64) throw new Error(`${path} is for machine ${machine}, not ${AARCH64} (arm64)`);
    const minors = library.toString('latin1').matchAll(/GLIBC_2\.(\d+)/g);
    const newest = Math.max(...Array.from(minors, ([, minor]) => Number(minor)));
    if (newest > NEWEST_GLIBC)
      throw new Error(`${path} wants glibc 2.${newest}, Lambda has 2.${NEWEST_GLIBC}`);
  }
  if (bytes > LARGEST_BYTES)
    throw new Error(`${name} has ${bytes} bytes unpacked, Lambda takes ${LARGEST_BYTES}`);
  console.log(`${name}: ${(bytes / 1e6).toFixed(1)} MB unpacked`);
  return native;
}

async function start({ name, folder }: FunctionAsset, isNative: boolean, scratch: string): Promise<void> {
  const [program, ...args] = arm64Node.length > 0 || isNative ? arm64Node : [process.execPath];
  if (program === undefined) {
    console.log(`${name}: NOT STARTED, for want of an arm64 Node (TRIBUTARY_ARM64_NODE)`);
    return;
  }
  const event = join(scratch, `${name}.json`);
  await writeFile(event, JSON.stringify(name === 'ingest' ? weatherDay() : {}));
  const module = pathToFileURL(join(folder, 'index.mjs')).href;
  const began = performance.now();
  const { code, output } = await runCommand(program, [...args, join(scratch, 'runtime.mjs'), module, event], {
    env: { LAKE_URL: pathToFileURL(join(scratch, 'lake')).href },
  });
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${output.trim()}`);
  const answer = output.slice(output.lastIndexOf('\n') + 1);
  console.log(`${name}: ${Math.round(performance.now() - began)} ms to its first answer (${program})`);
  const expected = EXPECTED[name];
  if (expected === undefined || !expected.test(answer)) throw new Error(`${name} answered ${answer}`);
}

/** Ingest fails nothing; the rollup finds the station's one day; nothing has ten commits, so no checkpoint is due. */
const EXPECTED: Readonly<Record<string, RegExp>> = {
  ingest: /^\{"batchItemFailures":\[\]\}$/,
  rollup: /\{"rollup":"weather\/daily","kind":"full","why":[^{}]*"rows":1,/,
  checkpoint: /^\{"checkpoints":\[\]\}$/,
};

/** A day of one station. */
function weatherDay() {
  const day = Date.UTC(2025, 5, 1);
  const records = Array.from({ length: 24 }, (_, hour) => {
    const reading = {
      location: 'Chicago',
      timestamp: new Date(day + hour * 3_600_000).toISOString(),
      temperature_c: 20 + hour / 4,
      humidity_pct: 40,
      precipitation_mm: 0,
      wind_speed_kmh: 12,
    };
    return {
      key: 'weather/station-1/observation',
      payload: Buffer.from(JSON.stringify(reading)),
      position: String(1000 + hour),
      arrivedAt: day + 86_400_000 + hour,
    };
  });
  return createKinesisEvent(
    'arn:tributary:sqlite:local:0:stream/conformance',
    'shardId-000000000000',
    records,
  );
}
