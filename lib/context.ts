import { Architecture } from 'aws-cdk-lib/aws-lambda';
import type { Node } from 'constructs';
import { UsageError } from '../src/errors.ts';
import { STREAM_KINDS, type StreamKind } from './constructs/readings.ts';
import { STAGES, type Stage } from './stage.ts';
import { STAGE_NAMES } from './stage-names.ts';

/** What `-c name=value` may say. */
export type Settings = {
  readonly stage: Stage;
  /** a module or folder of fleet definitions; undefined: the shipped ones */
  readonly fleets: string | undefined;
  /** what the functions run on: arm64 costs a fifth less */
  readonly architecture: Architecture;
  /** what carries the messages from the broker to the functions */
  readonly streamKind: StreamKind;
  /** how many shards a stream of Kinesis has; undefined: on demand, as many as it needs */
  readonly shards: number | undefined;
  /** whether this stage has the account's log of IoT Core written: one stage may */
  readonly iotLogging: boolean;
  /** who is told of alarms; undefined: whoever subscribes later */
  readonly alarmEmail: string | undefined;
  /** other accounts that may read the lake */
  readonly readers: readonly string[];
  /** the ARN of the QuickSight user or group that owns the dashboards; undefined: there are none */
  readonly quicksightPrincipal: string | undefined;
  /** whether there is a workspace of Amazon Managed Grafana */
  readonly grafana: boolean;
};

const KNOWN = [
  'stage',
  'fleets',
  'architecture',
  'stream',
  'streamMode',
  'shards',
  'iotLogging',
  'alarmEmail',
  'readers',
  'quicksightPrincipal',
  'grafana',
];

const ARCHITECTURES = { arm64: Architecture.ARM_64, x86_64: Architecture.X86_64 } as const;

/**
 * Reads the app's context. A name that nobody knows stops synthesis too: `-c stag=prod` must not deploy dev.
 *
 * @throws UsageError in one line: which value, what was given, what is allowed
 */
export function readSettings(node: Node): Settings {
  for (const name of Object.keys(node.getAllContext() as Record<string, unknown>)) {
    // what the CDK itself sets has a namespace: `aws:cdk:…`, `@aws-cdk/…`
    if (/^[\w-]+$/.test(name) && !KNOWN.includes(name)) {
      throw new UsageError(`context ${JSON.stringify(name)} is not known; there are ${KNOWN.join(', ')}`);
    }
  }
  const streamKind = readChoice(node, 'stream', STREAM_KINDS);
  return {
    stage: readStage(node.tryGetContext('stage')),
    fleets: readPath(node.tryGetContext('fleets')),
    architecture: ARCHITECTURES[readChoice(node, 'architecture', ['arm64', 'x86_64'])],
    streamKind,
    shards: streamKind === 'msk' ? refuseShards(node) : readShards(node),
    iotLogging: readChoice(node, 'iotLogging', ['off', 'on']) === 'on',
    alarmEmail: readEmail(node.tryGetContext('alarmEmail')),
    readers: readReaders(node.tryGetContext('readers')),
    quicksightPrincipal: readPrincipal(node.tryGetContext('quicksightPrincipal')),
    grafana: readChoice(node, 'grafana', ['off', 'on']) === 'on',
  };
}

/** What a deployment leaves out that somebody may miss: a line each. */
export function describeLeftOut({
  quicksightPrincipal,
}: Pick<Settings, 'quicksightPrincipal'>): readonly string[] {
  if (quicksightPrincipal !== undefined) return [];
  return [
    'no dashboards in QuickSight: -c quicksightPrincipal= says who is to own them (docs/dashboards.md)',
  ];
}

function readStage(value: unknown): Stage {
  const name = STAGE_NAMES.find((each) => each === value);
  if (name !== undefined) return STAGES[name];
  const given = value === undefined ? 'missing' : `${JSON.stringify(value)}, which is no stage`;
  throw new UsageError(`context "stage" is ${given}; pass -c stage= with one of ${STAGE_NAMES.join(', ')}`);
}

/** The first of the values where nothing is said. */
function readChoice<Value extends string>(
  node: Node,
  name: string,
  values: readonly [Value, ...Value[]],
): Value {
  const given: unknown = node.tryGetContext(name);
  const value = given === undefined ? values[0] : values.find((each) => each === given);
  if (value !== undefined) return value;
  throw new UsageError(
    `context "${name}" is ${JSON.stringify(given)}; pass -c ${name}= with one of ${values.join(', ')}, or leave it out`,
  );
}

/** Kinesis' default quota in most regions; who has more sets more with AWS's own tools. */
const MOST_SHARDS = 500;

function readShards(node: Node): number | undefined {
  const mode = readChoice(node, 'streamMode', ['on-demand', 'provisioned']);
  const given: unknown = node.tryGetContext('shards');
  if (mode === 'on-demand') {
    if (given === undefined) return undefined;
    throw new UsageError(
      `context "shards" is ${JSON.stringify(given)}, and the stream is on demand; pass -c streamMode=provisioned too, or leave it out`,
    );
  }
  const shards = Number(given);
  if (Number.isSafeInteger(shards) && shards >= 1 && shards <= MOST_SHARDS) return shards;
  const what = given === undefined ? 'missing' : JSON.stringify(given);
  throw new UsageError(
    `context "shards" is ${what}; a provisioned stream wants -c shards= with a whole number from 1 to ${MOST_SHARDS}`,
  );
}

/** What says how large a stream of Kinesis is would be a mistake here, not to be passed over. */
function refuseShards(node: Node): undefined {
  for (const name of ['streamMode', 'shards']) {
    const given: unknown = node.tryGetContext(name);
    if (given === undefined) continue;
    throw new UsageError(
      `context "${name}" is ${JSON.stringify(given)}, and it is for a stream of Kinesis; leave it out, or pass -c stream=kinesis`,
    );
  }
}

function readPath(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw new UsageError(
    `context "fleets" is ${JSON.stringify(value)}; pass -c fleets= with a module or folder of fleet definitions`,
  );
}

function readEmail(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^[^\s@]+@[^\s@]+$/.test(value)) return value;
  throw new UsageError(
    `context "alarmEmail" is ${JSON.stringify(value)}; pass -c alarmEmail= with one address, a@b.c`,
  );
}

/** A number would lose the zeros that an account begins with: what was typed is text. */
function readReaders(value: unknown): readonly string[] {
  if (value === undefined) return [];
  const accounts = typeof value === 'string' ? value.split(',') : [];
  if (accounts.length > 0 && accounts.every((account) => /^\d{12}$/.test(account))) return accounts;
  throw new UsageError(
    `context "readers" is ${JSON.stringify(value)}; pass -c readers= with the numbers of accounts, 111122223333,444455556666`,
  );
}

const PRINCIPAL = /^arn:aws[\w-]*:quicksight:[\w-]+:\d{12}:(user|group)\/[^/\s]+\/\S+$/;

function readPrincipal(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && PRINCIPAL.test(value)) return value;
  throw new UsageError(
    `context "quicksightPrincipal" is ${JSON.stringify(value)}; pass the ARN of a QuickSight user or group, ` +
      'as in arn:aws:quicksight:us-east-1:123456789012:user/default/NAME',
  );
}
