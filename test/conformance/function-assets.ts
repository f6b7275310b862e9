import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createKinesisEvent } from '../../local/kinesis-event.ts';
import { TributaryError } from '../../src/errors.ts';

/** What Lambda would unpack for one function. */
export type AssetReport = {
  readonly name: string;
  readonly bytes: number;
  /** machines of the native libraries, as ELF numbers them */
  readonly machines: readonly number[];
  /** the newest glibc that a native library asks for, as in 2.25 */
  readonly glibc: string | undefined;
  /** from the start of the process to the answer of its first invocation */
  readonly coldMs: number;
  readonly answer: unknown;
  readonly faults: readonly string[];
};

const LARGEST_BYTES = 250 * 1024 * 1024;
const AARCH64 = 183;
/** Lambda's Node 24 runs on Amazon Linux 2023. */
const NEWEST_GLIBC = 34;

/** What Lambda's runtime does, as far as a module sees it. */
const RUNTIME = `
import { readFileSync } from 'node:fs';
const { handler } = await import(process.argv[2]);
const answer = await handler(JSON.parse(readFileSync(process.argv[3], 'utf8')), { awsRequestId: 'conformance' });
process.stdout.write('\\n' + JSON.stringify(answer));
`;

/**
 * Takes the functions of a cloud assembly (the shipped fleets, bundled) as Lambda would: inspects what is unpacked, then
 * starts each in a bare Node and hands it an event of its source: ingest a batch of weather, the others the schedule's.
 *
 * @param node the command that runs Node 24 on arm64: `[node]` on such a machine, `[qemu-aarch64-static, -L, root, node]` on others
 */
export async function checkFunctionAssets(
  assembly: string,
  node: readonly [string, ...string[]],
): Promise<AssetReport[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-assets-'));
  try {
    await writeFile(join(folder, 'runtime.mjs'), RUNTIME);
    const reports: AssetReport[] = [];
    for (const { name, asset } of await findAssets(assembly))
      reports.push(await checkAsset(name, asset, folder, node));
    return reports;
  } finally {
    await rm(folder, { recursive: true });
  }
}

type FunctionAsset = { readonly name: string; readonly asset: string };

async function findAssets(assembly: string): Promise<readonly FunctionAsset[]> {
  const { Resources } = JSON.parse(await readFile(join(assembly, 'functions.template.json'), 'utf8')) as {
    Resources: Record<string, { Type: string; Metadata?: Record<string, string> }>;
  };
  return Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Metadata = {} }) => {
      const [path, asset] = [Metadata['aws:cdk:path'], Metadata['aws:asset:path']];
      if (path === undefined || asset === undefined)
        throw new TributaryError(`${assembly} was synthesised without metadata: use npx cdk synth`);
      return { name: path.split('/')[1]!.toLowerCase(), asset: join(assembly, asset) };
    });
}

async function checkAsset(
  name: string,
  asset: string,
  folder: string,
  node: readonly [string, ...string[]],
): Promise<AssetReport> {
  const files = (await readdir(asset, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const libraries = await Promise.all(
    paths.filter((path) => /\.(?:node|so)(?:\.|$)/.test(path)).map((path) => readFile(path)),
  );
  const machines = libraries.map((library) => library.readUInt16LE(18));
  const minors = libraries.flatMap((library) =>
    Array.from(library.toString('latin1').matchAll(/GLIBC_2\.(\d+)/g), ([, minor]) => Number(minor)),
  );
  const newest = minors.length === 0 ? undefined : Math.max(...minors);
  const began = performance.now();
  const answer = await invoke(name, asset, folder, node);
  const faults = [
    ...(bytes > LARGEST_BYTES ? [`${bytes} bytes unpacked, Lambda takes ${LARGEST_BYTES}`] : []),
    ...(machines.some((machine) => machine !== AARCH64)
      ? [`native libraries for machines ${machines.join(', ')}, not ${AARCH64} (arm64)`]
      : []),
    ...(newest !== undefined && newest > NEWEST_GLIBC
      ? [`wants glibc 2.${newest}, Lambda has 2.${NEWEST_GLIBC}`]
      : []),
  ];
  return {
    name,
    bytes,
    machines,
    glibc: newest === undefined ? undefined : `2.${newest}`,
    coldMs: Math.round(performance.now() - began),
    answer,
    faults,
  };
}

async function invoke(
  name: string,
  asset: string,
  folder: string,
  [command, ...args]: readonly [string, ...string[]],
): Promise<unknown> {
  const event = join(folder, `${name}.json`);
  await writeFile(event, JSON.stringify(name === 'ingest' ? weatherBatch() : {}));
  const module = pathToFileURL(join(asset, 'index.mjs')).href;
  const { stdout } = await promisify(execFile)(
    command,
    [...args, join(folder, 'runtime.mjs'), module, event],
    {
      cwd: folder,
      env: { LAKE_URL: pathToFileURL(join(folder, 'lake')).href },
    },
  );
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n')));
}

/** A day of one station. */
function weatherBatch() {
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
