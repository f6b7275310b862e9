import type { Column, ColumnBatch } from '../columns/column.ts';
import { encodeParquet } from '../parquet/encode-parquet.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { Action } from './actions.ts';
import { type CheckpointColumn, checkpointSchema } from './checkpoint-schema.ts';
import type { DeltaDeps } from './deps.ts';
import { DeltaError } from './errors.ts';
import { checkpointPath, LAST_CHECKPOINT_PATH } from './log-path.ts';
import { findSegment, type LogSegment, readCheckpointHint } from './log-segment.ts';
import { assertWritable } from './protocol.ts';
import { type Replay, replayLog, replayState } from './replay.ts';
import { withRetries } from './retry.ts';
import { checkpointInterval, deletedFileRetention } from './table-properties.ts';

const COLUMNS = [
  'txn',
  'add',
  'remove',
  'metaData',
  'protocol',
] as const satisfies readonly CheckpointColumn[];

/**
 * Writes a classic checkpoint of the newest version and points `_last_checkpoint` at it. Ingest never waits for one
 * (design 5.9). Returns the version, or undefined where there is no table, or none was due.
 *
 * @param ifDue only where `delta.checkpointInterval` commits have come since the last one
 */
export async function writeCheckpoint(
  store: ObjectStore,
  { ifDue = false }: { readonly ifDue?: boolean },
  deps: DeltaDeps,
): Promise<number | undefined> {
  const segment = await withRetries(() => findSegment(store), deps);
  if (segment === undefined || segment.version === segment.checkpoint?.version) return undefined;
  if (ifDue && !(await isDue(store, segment, deps))) return undefined;
  const replay = await withRetries(() => replayLog(store, segment, deps.clock()), deps);
  assertWritable(replay.state);
  const actions = checkpointActions(replay, deps.clock());
  const { bytes } = encodeParquet(batchOf(actions));
  // whoever writes the same version writes the same state
  await withRetries(() => store.put(checkpointPath(segment.version), bytes), deps);
  await withRetries(
    () => writeHint(store, segment.version, actions.length, bytes.length, replay.files.size),
    deps,
  );
  return segment.version;
}

async function isDue(store: ObjectStore, segment: LogSegment, deps: DeltaDeps): Promise<boolean> {
  const { metadata } = await withRetries(() => replayState(store, segment, deps.clock()), deps);
  return segment.version - (segment.checkpoint?.version ?? 0) >= checkpointInterval(metadata);
}

/** All that the version consists of, and nothing else ("Checkpoints"): commitInfo belongs to commits. */
function checkpointActions({ state, files, tombstones, transactions }: Replay, now: number): Action[] {
  const expired = now - deletedFileRetention(state.metadata);
  return [
    { protocol: state.protocol },
    { metaData: state.metadata },
    ...Array.from(transactions.values(), (txn) => ({ txn })),
    ...Array.from(files.values(), (add) => ({ add: { ...add, dataChange: false } })),
    ...Array.from(tombstones.values())
      .filter((remove) => (remove.deletionTimestamp ?? 0) > expired)
      .map((remove) => ({ remove: { ...remove, dataChange: false } })),
  ];
}

function batchOf(actions: readonly Action[]): ColumnBatch {
  const schema = checkpointSchema(COLUMNS);
  const columns = COLUMNS.map((name, i): Column => {
    const values = actions.map((action) =>
      name in action ? toCanonical(name, Object.values(action)[0]) : null,
    );
    return { kind: 'nested', type: schema.fields[i]!.type, values, validity: undefined };
  });
  return { schema, length: actions.length, columns };
}

const LONGS = new Set([
  'version',
  'lastUpdated',
  'size',
  'modificationTime',
  'deletionTimestamp',
  'createdTime',
  'cardinality',
]);
const MAPS = new Set(['partitionValues', 'tags', 'options', 'configuration']);

/** An action's JSON form as canonical values: bigints for longs, maps for maps. */
function toCanonical(name: string, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (LONGS.has(name)) return exactLong(name, value as number);
  if (MAPS.has(name)) return new Map(Object.entries(value));
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([member, item]) => [member, toCanonical(member, item)]),
  );
}

function exactLong(name: string, value: number): bigint {
  if (Number.isSafeInteger(value)) return BigInt(value);
  throw new DeltaError(
    `${name} ${value} lies beyond 2^53: a checkpoint written here would not keep it exactly`,
  );
}

/** Never backwards: a reader that follows the hint must not miss what clean-up relied on. */
async function writeHint(
  store: ObjectStore,
  version: number,
  size: number,
  sizeInBytes: number,
  numOfAddFiles: number,
): Promise<void> {
  const hinted = await readCheckpointHint(store);
  if (hinted !== undefined && hinted >= version) return;
  const hint = JSON.stringify({ version, size, sizeInBytes, numOfAddFiles });
  await store.put(LAST_CHECKPOINT_PATH, new TextEncoder().encode(hint));
}
