import type { Node } from 'constructs';
import { UsageError } from '../src/errors.ts';
import { STAGES, type Stage } from './stage.ts';
import { STAGE_NAMES } from './stage-names.ts';

/** What `-c name=value` may say. */
export type Settings = {
  readonly stage: Stage;
  /** a module or folder of fleet definitions; undefined: the shipped ones */
  readonly fleets: string | undefined;
  /** who is told of alarms; undefined: whoever subscribes later */
  readonly alarmEmail: string | undefined;
};

const KNOWN = ['stage', 'fleets', 'alarmEmail'];

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
  return {
    stage: readStage(node.tryGetContext('stage')),
    fleets: readPath(node.tryGetContext('fleets')),
    alarmEmail: readEmail(node.tryGetContext('alarmEmail')),
  };
}

function readStage(value: unknown): Stage {
  const name = STAGE_NAMES.find((each) => each === value);
  if (name !== undefined) return STAGES[name];
  const given = value === undefined ? 'missing' : `${JSON.stringify(value)}, which is no stage`;
  throw new UsageError(`context "stage" is ${given}; pass -c stage= with one of ${STAGE_NAMES.join(', ')}`);
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
