import { countFaults, type FaultCounts } from '../device-sim/faults.ts';
import type { LedgerReader } from '../device-sim/ledger.ts';
import type { TableDecoder } from '../src/decode/decoder.ts';
import { type Router, tablePath } from '../src/fleet/index.ts';
import type { ObjectStore } from '../src/stores/object-store.ts';
import { comparePositions } from '../src/streams/position.ts';
import type { Stream } from '../src/streams/stream.ts';
import { viewLedger } from './verify/check-ledger.ts';
import { findPoisons, type PoisonFigures } from './verify/find-poisons.ts';
import { findQuarantined } from './verify/find-quarantined.ts';
import { type Expectation, findRows } from './verify/find-rows.ts';
import { createMessageKey } from './verify/message-key.ts';
import { readExpected, streamText } from './verify/read-stream.ts';
import { type ReadingFault, type ShardReadings, UNROUTABLE } from './verify/shard-readings.ts';
import { createViolations, type Violation } from './verify/violations.ts';

export type { Violation } from './verify/violations.ts';

export type VerificationInput = {
  readonly stream: Stream;
  readonly router: Router;
  /** one for each raw table */
  readonly decoders: readonly TableDecoder[];
  /** the whole lake */
  readonly lake: ObjectStore;
  /** of the devices that published to this stream; without it only stream and lake are compared */
  readonly ledger?: LedgerReader | undefined;
  /** by shard, the last position that the event source is done with, as it was before this call; a shard without one is new */
  readonly checkpoints: ReadonlyMap<string, string>;
  /** arrival time (ms) up to which records may have been trimmed from the stream; 0: all are there */
  readonly trimmedUntil: number;
};

export type Verification = {
  /** messages that the ledger knows as acknowledged */
  readonly acknowledged: number;
  /** in the stream */
  readonly records: number;
  /** in the stream's records; those of a message that two tables take count twice */
  readonly readings: number;
  /** of all raw tables together, backfilled ones too */
  readonly rows: number;
  /** rows of the quarantine, one a message */
  readonly quarantined: number;
  /** records beyond the checkpoint that do not stand in their tables yet */
  readonly pending: number;
  /** records of messages that nobody in the ledger attempted: other devices' */
  readonly foreign: number;
  readonly lost: number;
  readonly doubled: number;
  /** what the ledger says was injected on purpose, by kind */
  readonly faults: Readonly<FaultCounts>;
  /** what the simulator spoilt on purpose, and whether it is kept */
  readonly poisons: PoisonFigures;
  /** the first of what is lost or doubled, each named */
  readonly samples: readonly Violation[];
};

const NO_POISONS: PoisonFigures = { injected: 0, acknowledged: 0, quarantined: 0 };

/** Whether anything is lost or doubled, or a poison that nothing can be waiting for is not in the quarantine. */
export function isFaultless({ lost, doubled, pending, poisons }: Verification): boolean {
  return lost + doubled === 0 && poisons.acknowledged - poisons.quarantined <= pending;
}

/**
 * Holds the lake against the stream, and the stream against the ledger (design §2, lost and doubled): every reading of the
 * retained records stands once in each table that it matches, or in the quarantine; and of every message, acknowledged ≤
 * records ≤ attempts. May run beside a running product: what is on its way is pending.
 */
export async function verifyLake(input: VerificationInput): Promise<Verification> {
  const { stream, decoders, lake, checkpoints } = input;
  const began = Date.now();
  const violations = createViolations();
  const messageKey = createMessageKey();

  // in this order, so that what happens meanwhile looks early, never wrong: what was acknowledged is in the stream, what the
  // event source is done with is in the lake, and a reading goes from the quarantine into its table: the quarantine says when
  const ledger = input.ledger && viewLedger(input.ledger, input.trimmedUntil, messageKey);
  const shards = await readExpected(stream, { router: input.router, decoders, messageKey });
  const expectation: Expectation = { lake, stream: streamText(stream), shards, violations };
  const paths = decoders.map(({ table }) => tablePath(table.fleet, table.name));
  let rows = 0;
  for (const [number, path] of paths.entries()) rows += await findRows(path, number, expectation);
  const numbers = new Map(paths.map((path, number) => [path, number]));
  const quarantined = await findQuarantined(numbers, messageKey, expectation, began);

  let pending = 0;
  for (const readings of shards.values()) {
    pending += await judgeShard(readings, checkpoints.get(readings.shard), paths, stream, expectation);
  }
  const foreign = (await ledger?.compare(allKeys(shards), violations)) ?? 0;
  return {
    acknowledged: ledger?.acknowledged ?? 0,
    records: sumOf(shards, (readings) => readings.records),
    readings: sumOf(shards, (readings) => readings.readings),
    rows,
    quarantined,
    pending,
    foreign,
    lost: violations.count('lost'),
    doubled: violations.count('doubled'),
    faults: input.ledger?.faults() ?? countFaults(),
    poisons: input.ledger === undefined ? NO_POISONS : await findPoisons(input.ledger, lake, messageKey),
    samples: violations.samples(),
  };
}

/** Reports what does not stand once. Returns how many records are pending. */
async function judgeShard(
  readings: ShardReadings,
  checkpoint: string | undefined,
  paths: readonly string[],
  stream: Stream,
  { violations }: Expectation,
): Promise<number> {
  let pending = 0;
  let pendingOrdinal = -1;
  for (const fault of readings.faults()) {
    const { ordinal } = fault;
    const isDue = checkpoint !== undefined && comparePositions(readings.positionOf(ordinal), checkpoint) <= 0;
    if (fault.kind === 'missing' && !isDue) {
      if (ordinal !== pendingOrdinal) pending++;
      pendingOrdinal = ordinal;
      continue;
    }
    await violations.add(fault.kind === 'missing' ? 'lost' : 'doubled', 1, () =>
      nameFault(fault, readings, paths, stream),
    );
  }
  return pending;
}

async function nameFault(
  { ordinal, table, index, rows, quarantined }: ReadingFault,
  readings: ShardReadings,
  paths: readonly string[],
  stream: Stream,
): Promise<Omit<Violation, 'kind'>> {
  const position = readings.positionOf(ordinal);
  const before = ordinal === 0 ? undefined : readings.positionOf(ordinal - 1);
  const [record] = await stream.read(readings.shard, before, 1);
  return {
    ...(record === undefined ? {} : { topic: record.key }),
    ...(table === UNROUTABLE ? {} : { table: paths[table]! }),
    origin: { stream: streamText(stream), shard: readings.shard, position, index },
    detail: `${rows} times in the table, ${quarantined} times in the quarantine`,
  };
}

function allKeys(shards: ReadonlyMap<string, ShardReadings>): BigUint64Array {
  const keys = new BigUint64Array(sumOf(shards, (readings) => readings.records));
  let offset = 0;
  for (const readings of shards.values()) {
    keys.set(readings.keys(), offset);
    offset += readings.records;
  }
  return keys;
}

function sumOf(
  shards: ReadonlyMap<string, ShardReadings>,
  count: (readings: ShardReadings) => number,
): number {
  return Array.from(shards.values(), count).reduce((sum, each) => sum + each, 0);
}
