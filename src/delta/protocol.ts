import type { StructField, StructType } from '../columns/types.ts';
import type { Metadata, Protocol } from './actions.ts';
import { UnsupportedFeatureError } from './errors.ts';

/** What our tables ask of others: nothing (design 5.11). */
export const PLAIN_PROTOCOL: Protocol = { minReaderVersion: 1, minWriterVersion: 2 };

/** Reader features ("Table Features") that the reader honours. */
const READABLE = new Set([
  'columnMapping',
  'deletionVectors',
  'timestampNtz',
  'v2Checkpoint',
  'vacuumProtocolCheck',
]);

/**
 * Writer features that ask nothing of us, or no more than we do: invariants are looked for by `assertWritable`, whoever
 * removes a file names its deletion vector, and vacuum looks at the protocol first.
 */
const WRITABLE = new Set(['appendOnly', 'invariants', 'deletionVectors', 'vacuumProtocolCheck']);

/** @throws UnsupportedFeatureError where reading could give wrong rows, naming the feature */
export function assertReadable({ minReaderVersion, readerFeatures }: Protocol): void {
  if (minReaderVersion > 3) {
    const feature = `minReaderVersion ${minReaderVersion}`;
    throw new UnsupportedFeatureError(feature, `the table needs ${feature}; versions up to 3 are understood`);
  }
  if (minReaderVersion < 3) return;
  const unknown = (readerFeatures ?? []).find((feature) => !READABLE.has(feature));
  if (unknown !== undefined) {
    throw new UnsupportedFeatureError(
      unknown,
      `the table needs the reader feature ${unknown}, which is not understood`,
    );
  }
}

/** @throws UnsupportedFeatureError where writing could break what the table promises, naming the feature */
export function assertWritable(state: {
  readonly protocol: Protocol;
  readonly metadata: Metadata;
  readonly schema: StructType;
}): void {
  const { minReaderVersion, minWriterVersion, readerFeatures = [], writerFeatures = [] } = state.protocol;
  const refuse = (feature: string) => {
    throw new UnsupportedFeatureError(
      feature,
      `the table needs ${feature} of its writers, which is not supported`,
    );
  };
  assertReadable(state.protocol);
  if (minWriterVersion === 7) {
    const unknown = [...writerFeatures, ...readerFeatures].find((feature) => !WRITABLE.has(feature));
    if (unknown !== undefined) refuse(unknown);
  } else if (minWriterVersion > 2) {
    refuse(`minWriterVersion ${minWriterVersion}`);
  }
  if (minReaderVersion === 2) refuse('minReaderVersion 2');
  const constrained = findInvariant(state.schema.fields);
  if (constrained !== undefined) refuse(`invariants (column ${constrained})`);
}

function findInvariant(fields: readonly StructField[]): string | undefined {
  for (const { name, metadata, type } of fields) {
    if ('delta.invariants' in metadata) return name;
    const inner = typeof type === 'object' && type.type === 'struct' ? findInvariant(type.fields) : undefined;
    if (inner !== undefined) return `${name}.${inner}`;
  }
  return undefined;
}
