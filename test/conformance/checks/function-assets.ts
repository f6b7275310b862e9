import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createKinesisEvent } from '../../../local/kinesis-event.ts';
import { CLUSTER_ARN, createKafkaEvent } from '../../support/kafka-event.ts';
import { ARM64_NODE } from '../arm64-node.ts';
import type { Check } from '../check.ts';
import { synthesiseCloud } from '../cloud-assembly.ts';
import { runCommand } from '../run-command.ts';

const LARGEST_BYTES = 250 * 1024 * 1024;
/** The minor version of glibc on Amazon Linux 2023, where Lambda runs Node 24. */
const NEWEST_GLIBC = 34;
/** As MSK spells it. */
const BROKERS = JSON.stringify({ bootstrapBrokerStringSaslScram: 'b-1.example:9096' });

/** What Lambda's runtime does, as far as a module sees it. */
const RUNTIME = `
import { readFileSync } from 'node:fs';
const { handler } = await import(process.argv[2]);
const context = { awsRequestId: 'conformance', getRemainingTimeInMillis: () => 300_000 };
const answer = await handler(JSON.parse(readFileSync(process.argv[3], 'utf8')), context);
process.stdout.write('\\n' + JSON.stringify(answer));
`;

type Machine = {
  /** as ELF numbers it */
  readonly elf: number;
  /** the command that runs Node 24 on it */
  readonly node: readonly [string, ...string[]];
};

const ARM64: Machine = { elf: 183, node: ARM64_NODE };
const X86_64: Machine = { elf: 62, node: [process.execPath] };

type FunctionAsset = { readonly name: string; readonly folder: string };

/**
 * What would be uploaded as Lambda would take it: small enough, native libraries for its machine and its glibc, and each
 * function, started in a bare Node of that machine, answers an event of its source. Ingest takes a day of weather from each
 * kind of stream, which the rollup finds. (A stage with MSK has all functions that there are.)
 */
export const functionAssets: readonly Check[] = [
  {
    name: 'the functions start on arm64, as Lambda starts them',
    needs: ['arm64-node'],
    run: async () => startAll(ARM64, await synthesiseCloud({ stream: 'msk' })),
  },
  ...(process.arch === 'x64'
    ? [
        {
          name: 'the functions start on x86_64, as Lambda starts them',
          needs: [],
          run: async () => startAll(X86_64, await synthesiseCloud({ architecture: 'x86_64', stream: 'msk' })),
        },
      ]
    : []),
];

async function startAll(machine: Machine, assembly: string): Promise<void> {
  const assets = await findAssets(assembly);
  const untried = assets.filter(({ name }) => !(name in EVENTS)).map(({ name }) => name);
  if (untried.length > 0) throw new Error(`no event for ${untried.join(', ')}`);
  const scratch = await mkdtemp(join(tmpdir(), 'tributary-functions-'));
  const answers: string[] = [];
  // CloudFormation, which is told how it went, and MSK, which is asked for brokers
  const aws = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => answers.push(text));
    request.once('end', () =>
      response.setHeader('content-type', 'application/json').end(request.method === 'GET' ? BROKERS : ''),
    );
  }).listen(0, '127.0.0.1');
  try {
    await once(aws, 'listening');
    const { port } = aws.address() as { readonly port: number };
    await writeFile(join(scratch, 'runtime.mjs'), RUNTIME);
    for (const name of Object.keys(EVENTS)) {
      const asset = assets.find((each) => each.name === name);
      if (asset === undefined)
        throw new Error(`no function ${name} among ${assets.map((each) => each.name).join(', ')}`);
      await inspect(asset, machine);
      for (const call of [EVENTS[name]!].flat())
        await start(asset, call, machine, scratch, `http://127.0.0.1:${port}`);
    }
    const [prepared = '', found = ''] = answers;
    const isTold =
      answers.length === 2 &&
      answers.every((answer) => answer.includes('"Status":"SUCCESS"')) &&
      found.includes('"Data":{"bootstrapServers":"b-1.example:9096"}');
    if (!isTold)
      throw new Error(`CloudFormation was told ${prepared} of the tables, ${found} of the brokers`);
  } finally {
    aws.close();
    await rm(scratch, { recursive: true });
  }
}

async function findAssets(assembly: string): Promise<readonly FunctionAsset[]> {
  type Resource = { readonly Type: string; readonly Metadata: Readonly<Record<string, string>> };
  const templates = (await readdir(assembly)).filter((name) => name.endsWith('.template.json'));
  const resources = await Promise.all(
    templates.map(async (name) => {
      const template = JSON.parse(await readFile(join(assembly, name), 'utf8')) as {
        readonly Resources: Readonly<Record<string, Resource>>;
      };
      return Object.values(template.Resources);
    }),
  );
  return resources
    .flat()
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Metadata }) => ({
      name: Metadata['aws:cdk:path']!.split('/').at(-2)!.toLowerCase(),
      folder: join(assembly, Metadata['aws:asset:path']!),
    }));
}

/** Rejects where Lambda would not take it. */
async function inspect({ name, folder }: FunctionAsset, { elf }: Machine): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  let bytes = 0;
  for (const path of paths) {
    bytes += (await stat(path)).size;
    if (!/\.(?:node|so)(?:\.|$)/.test(path)) continue;
    const library = await readFile(path);
    const machine = library.readUInt16LE(18);
    if (machine !== elf) throw new Error(`${path} is for machine ${machine}, not ${elf}`);
    const minors = library.toString('latin1').matchAll(/GLIBC_2\.(\d+)/g);
    const newest = Math.max(...Array.from(minors, ([, minor]) => Number(minor)));
    if (newest > NEWEST_GLIBC)
      throw new Error(`${path} wants glibc 2.${newest}, Lambda has 2.${NEWEST_GLIBC}`);
  }
  if (bytes > LARGEST_BYTES)
    throw new Error(`${name} has ${bytes} bytes unpacked, Lambda takes ${LARGEST_BYTES}`);
  console.log(`${name}: ${(bytes / 1e6).toFixed(1)} MB unpacked`);
}

async function start(
  { name, folder }: FunctionAsset,
  { event, expected }: Call,
  { node: [program, ...args] }: Machine,
  scratch: string,
  aws: string,
): Promise<void> {
  const eventFile = join(scratch, `${name}.json`);
  await writeFile(eventFile, JSON.stringify(event(`${aws}/answer`)));
  const module = pathToFileURL(join(folder, 'index.mjs')).href;
  // an invocation that is traced loads more than one that is not; an emulator need not tell twice
  for (const traced of args.length === 0 ? [false, true] : [false]) {
    const began = performance.now();
    const { code, output } = await runCommand(
      program,
      [...args, join(scratch, 'runtime.mjs'), module, eventFile],
      {
        env: {
          AWS_REGION: 'eu-central-1',
          AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
          LAKE_URL: pathToFileURL(join(scratch, 'lake')).href,
          GIVEN_UP_URL: pathToFileURL(scratch).href,
          ATHENA_WORKGROUP: 'tributary-prod',
          ATHENA_DATABASE: 'tributary_prod',
          AWS_ENDPOINT_URL_KAFKA: aws,
          AWS_ACCESS_KEY_ID: 'nobody',
          AWS_SECRET_ACCESS_KEY: 'nothing',
          ...(traced ? TRACED : {}),
        },
      },
    );
    if (code !== 0) throw new Error(`${name} ended with ${code}: ${output.trim()}`);
    const answer = output.slice(output.lastIndexOf('\n') + 1);
    const took = Math.round(performance.now() - began);
    console.log(`${name}: ${took} ms to its first answer${traced ? ', traced' : ''} (${basename(program)})`);
    if (!expected.test(answer)) throw new Error(`${name} answered ${answer}`);
    // CloudFormation asks once
    if (name === 'prepare' || name === 'brokers') return;
  }
}

/** As Lambda tells of a sampled invocation; nobody listens for traces. */
const TRACED = {
  _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
  AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:9',
};

type Call = { readonly event: (answerUrl: string) => unknown; readonly expected: RegExp };

/**
 * An event of each function's source, and what it answers, in the order in which they can be called: prepare makes the
 * tables; ingest fails nothing; a rollup that can run finds the station's one day. What others find is another check's.
 */
const EVENTS: Readonly<Record<string, Call | readonly Call[]>> = {
  prepare: { event: customResource('TributaryTables', {}), expected: /^undefined$/ },
  brokers: {
    event: customResource('TributaryBrokers', { clusterArn: CLUSTER_ARN }),
    expected: /^undefined$/,
  },
  ingest: [weatherOfKinesis, weatherOfKafka].map((event) => ({
    event,
    expected: /^\{"batchItemFailures":\[\]\}$/,
  })),
  rollup: {
    event: () => ({ fleet: 'weather', rollup: 'daily' }),
    expected:
      /\{"rollup":"weather\/daily",(?:(?=[^{}]*"kind":"full")(?=[^{}]*"rows":1,)|(?=[^{}]*"kind":"up-to-date"))/,
  },
  testdata: { event: () => ({ fleet: 'weather' }), expected: /^\{"results":\[/ },
  checkpoint: { event: () => ({}), expected: /^\{"checkpoints":\[\]\}$/ },
  optimize: { event: () => ({ fleet: 'weather' }), expected: /"complete":true\}$/ },
  vacuum: { event: () => ({ fleet: 'weather' }), expected: /"complete":true\}$/ },
  recover: {
    event: () => ({
      Records: [
        {
          messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
          receiptHandle: 'handle',
          body: JSON.stringify({
            Records: [
              {
                eventVersion: '2.1',
                eventSource: 'aws:s3',
                awsRegion: 'eu-central-1',
                eventTime: '2026-01-31T12:00:00.000Z',
                eventName: 'ObjectCreated:Put',
                s3: {
                  s3SchemaVersion: '1.0',
                  bucket: { name: 'lake', arn: 'arn:aws:s3:::lake' },
                  object: { key: 'aws/lambda/taken+already', size: 1024, sequencer: '0055AED6DCD90281E5' },
                },
              },
            ],
          }),
          attributes: {},
          messageAttributes: {},
          eventSource: 'aws:sqs',
          eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:given-up',
          awsRegion: 'eu-central-1',
        },
      ],
    }),
    expected:
      /^\{"objects":\[\{"kind":"gone","key":"aws\/lambda\/taken already"\}\],"batchItemFailures":\[\]\}$/,
  },
  replay: { event: () => ({}), expected: /^\{"messages":0,/ },
  admit: { event: () => ({ parameters: {} }), expected: /^\{"allowProvisioning":false\}$/ },
};

/** What CloudFormation calls a function for. */
function customResource(type: string, ResourceProperties: object): Call['event'] {
  return (ResponseURL) => ({
    RequestType: 'Create',
    ResponseURL,
    StackId: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/tributary-prod/1',
    RequestId: '1',
    LogicalResourceId: type,
    ResourceType: `Custom::${type}`,
    ResourceProperties,
  });
}

function weatherOfKinesis() {
  const arn = 'arn:tributary:sqlite:local:0:stream/conformance';
  return createKinesisEvent(arn, 'shardId-000000000000', weatherDay('station-1'));
}

/** Two partitions in one event. */
function weatherOfKafka() {
  const partitions = ['3', '7'].map((shard) => ({ shard, records: weatherDay(`station-${shard}`) }));
  return createKafkaEvent('readings', partitions);
}

/** A day of one station, in a place that all of them share. */
function weatherDay(station: string) {
  const day = Date.UTC(2025, 5, 1);
  return Array.from({ length: 24 }, (_, hour) => {
    const reading = {
      location: 'Chicago',
      timestamp: new Date(day + hour * 3_600_000).toISOString(),
      temperature_c: 20 + hour / 4,
      humidity_pct: 40,
      precipitation_mm: 0,
      wind_speed_kmh: 12,
    };
    return {
      key: `weather/${station}/observation`,
      payload: Buffer.from(JSON.stringify(reading)),
      position: String(1000 + hour),
      arrivedAt: day + 86_400_000 + hour,
    };
  });
}
