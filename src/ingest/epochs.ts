import type { SetTransaction } from '../delta/actions.ts';
import { commit } from '../delta/commit.ts';
import { TributaryError } from '../errors.ts';
import { progressKey } from '../streams/position.ts';
import type { ShardRun } from '../streams/stream.ts';
import { type Lake, type LakeTable, reconcile } from './lake.ts';
import { openForRuns } from './meet-shards.ts';
import { arrivalTxn, checkedTxns, nextReplay } from './progress.ts';
import { QUARANTINE } from './quarantine.ts';

/**
 * Which definition judges a shard's records (decision 8). The quarantine numbers the turns and says whose each is; a table
 * keeps the number of the last turn that wrote to it. Who commits under an older turn loses, and looks again: so two
 * definitions never judge one reading without the later one seeing what the earlier one made of it.
 */
export type Epochs = ReadonlyMap<string, number>;

/** For readings that nobody else can be judging. */
export const NO_EPOCHS: Epochs = new Map();

/** Lost races in a row after which the batch is handed back to the event source, which tries again later. */
const MAX_RACES = 100;

/** The `txn` under which the quarantine and the tables keep the number of a shard's turn. */
function epochKey(run: ShardRun): string {
  return `${progressKey(run.stream, run.shard)}/epoch`;
}

/** The `txn` under which the quarantine keeps whose turn that is. */
function definitionKey(run: ShardRun): string {
  return `${progressKey(run.stream, run.shard)}/definition`;
}

/**
 * Makes the definition the one that judges these shards, before anything is known of their tables: one commit to the
 * quarantine where another definition came before, none else.
 */
export async function beginEpochs(
  runs: readonly ShardRun[],
  definition: number,
  lake: Lake,
): Promise<Epochs> {
  const contested = runs.filter(isContested);
  if (contested.length === 0) return NO_EPOCHS;
  const quarantine = await openForRuns(contested, QUARANTINE, lake);
  for (let races = 0; races < MAX_RACES; races++) {
    const { txns } = quarantine.state;
    const strange = contested.filter((run) => txns.get(definitionKey(run)) !== definition);
    if (strange.length === 0)
      return new Map(contested.map((run) => [epochKey(run), epochIn(quarantine, run)]));
    await fence(
      quarantine,
      strange,
      strange.flatMap((run) => [
        { appId: definitionKey(run), version: definition },
        { appId: epochKey(run), version: epochIn(quarantine, run) + 1 },
      ]),
      lake,
    );
  }
  throw lostRaces(quarantine);
}

/** Nobody but recoveries brings what a rule could not put, and those meet in a key of their own. */
function isContested({ stream }: ShardRun): boolean {
  return stream.kind !== 'iot-error';
}

/**
 * Keeps attempts of earlier turns from writing to a table: what they had committed until then is in its state, what they
 * commit later conflicts. Needed before failures of the table's readings go to the quarantine.
 */
export async function fenceTable(
  table: LakeTable,
  runs: readonly ShardRun[],
  epochs: Epochs,
  lake: Lake,
): Promise<void> {
  for (let races = 0; races < MAX_RACES; races++) {
    assertNotSuperseded(table, runs, epochs, lake);
    const behind = runs.filter((run) => isBehind(table, run, epochs));
    if (behind.length === 0) return;
    await fence(table, behind, epochTxns(table, behind, epochs), lake);
  }
  throw lostRaces(table);
}

/** Whether a table has to be fenced before failures of its readings go to the quarantine. */
export function needsFence(table: LakeTable, runs: readonly ShardRun[], epochs: Epochs): boolean {
  return runs.some((run) => isBehind(table, run, epochs));
}

/** What a commit of rows says of the turn under which they were judged; nothing where the table knows. */
export function epochTxns(table: LakeTable, runs: readonly ShardRun[], epochs: Epochs): SetTransaction[] {
  return runs
    .filter((run) => isBehind(table, run, epochs))
    .map((run) => ({ appId: epochKey(run), version: epochs.get(epochKey(run))! }));
}

/**
 * @throws TributaryError (retriable) where a later turn wrote to the table: what this process knows of the shard is older
 */
export function assertNotSuperseded(
  table: LakeTable,
  runs: readonly ShardRun[],
  epochs: Epochs,
  lake: Lake,
): void {
  const later = runs.find((run) => epochIn(table, run) > (epochs.get(epochKey(run)) ?? Infinity));
  if (later === undefined) return;
  lake.forget(QUARANTINE.path);
  throw new TributaryError(
    `table ${table.wish.path}: another definition judges ${progressKey(later.stream, later.shard)} since this batch began; ` +
      'it has to be looked at again',
    { retriable: true },
  );
}

function epochIn({ state }: LakeTable, run: ShardRun): number {
  return state.txns.get(epochKey(run)) ?? 0;
}

function isBehind(table: LakeTable, run: ShardRun, epochs: Epochs): boolean {
  return epochIn(table, run) < (epochs.get(epochKey(run)) ?? 0);
}

/** A commit that meets every attempt and every recovery at these shards in a `txn` key. */
async function fence(
  table: LakeTable,
  runs: readonly ShardRun[],
  turn: readonly SetTransaction[],
  lake: Lake,
): Promise<void> {
  const { txns } = table.state;
  const met = [
    ...runs.map((run) => arrivalTxn(run, txns)),
    ...checkedTxns(runs, lake.deps.clock()),
    nextReplay(table.state),
  ];
  const result = await commit(
    table.store,
    { base: table.state, operation: 'FENCE', txns: [...turn, ...met], reads: 'nothing' },
    lake.deps,
  );
  table.state = result.state;
  await reconcile(table, lake.deps);
}

function lostRaces({ wish }: LakeTable): TributaryError {
  return new TributaryError(
    `table ${wish.path}: lost ${MAX_RACES} commit races in a row; widen the batch window`,
    {
      retriable: true,
    },
  );
}
