import type { ColumnBatch } from '../columns/column.ts';
import { ORIGIN, PAYLOAD } from '../columns/reserved.ts';
import { columnOf, selectRows } from '../columns/select.ts';
import type { TableDecoder } from '../decode/decoder.ts';
import type { AddFile } from '../delta/actions.ts';
import { commit } from '../delta/commit.ts';
import { removeOf } from '../delta/remove.ts';
import { scan } from '../delta/scan.ts';
import { loadSnapshot } from '../delta/snapshot.ts';
import { writeFiles } from '../delta/write-files.ts';
import { TributaryError, UsageError } from '../errors.ts';
import { fillLevels } from '../fleet/index.ts';
import type { Table } from '../fleet/model.ts';
import { padPosition, unpadPosition } from '../streams/position.ts';
import { NO_EPOCHS } from './epochs.ts';
import { addFailure, type BatchFailures, type StoredFailure } from './failures.ts';
import type { Lake } from './lake.ts';
import { wishOf } from './open-shares.ts';
import { gatherRuns, originKey, parseStreamText, type Place, placeKey } from './places.ts';
import { quarantineFailures } from './quarantine-failures.ts';

export type RedecodeReport = {
  /** messages decoded anew from the bytes that the table kept */
  readonly messages: number;
  readonly rows: number;
  /** rows without kept bytes: they stay as they are */
  readonly untouched: number;
  readonly quarantined: number;
};

const MESSAGES_PER_STEP = 20_000;
/** Batches that arrive while this runs are appended beside it; only a rival rewrite makes it start over. */
const MAX_ATTEMPTS = 5;

/**
 * Rebuilds a table from the payloads that it kept, under today's definition: all files that it has now are replaced in
 * one commit, origins and progress stay. A reading that no longer fits goes to the quarantine; one that the quarantine
 * holds is left to its replay.
 */
export async function redecodeTable(
  table: Table,
  deps: { readonly lake: Lake; readonly decoder: TableDecoder },
): Promise<RedecodeReport> {
  const wish = wishOf(table);
  const opened = await deps.lake.open(wish);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const snapshot = await loadSnapshot(opened.store);
    if (snapshot === undefined) throw new UsageError(`table ${wish.path} is not in the lake yet`);
    if (!snapshot.schema.fields.some((field) => field.name === PAYLOAD)) {
      throw new UsageError(
        `table ${wish.path} keeps no payloads: set keepPayload in its definition for what comes from now on`,
      );
    }
    const write = (batch: ColumnBatch) =>
      writeFiles(
        opened.store,
        batch,
        { partitionColumns: wish.partitionColumns, sortBy: table.sortBy },
        deps.lake.deps,
      );

    const kept = new Set<string>();
    const adds: AddFile[] = [];
    let report: RedecodeReport = { messages: 0, rows: 0, untouched: 0, quarantined: 0 };
    let pending: Place[] = [];
    const flush = async () => {
      const step = await decodeMessages(pending, table, deps);
      report = {
        ...report,
        messages: report.messages + pending.length,
        rows: report.rows + step.batch.length,
        quarantined: report.quarantined + step.quarantined,
      };
      pending = [];
      if (step.batch.length > 0) adds.push(...(await write(step.batch)));
    };
    for await (const batch of scan(opened.store, snapshot, {
      columns: [...Object.values(ORIGIN), PAYLOAD],
    })) {
      for (const message of keptMessages(batch)) {
        kept.add(placeKey(message));
        pending.push(message);
      }
      if (pending.length >= MESSAGES_PER_STEP) await flush();
    }
    if (pending.length > 0) await flush();
    for await (const batch of scan(opened.store, snapshot, {})) {
      const rest = rowsWithoutPayload(batch, kept);
      if (rest.length === 0) continue;
      report = { ...report, untouched: report.untouched + rest.length };
      adds.push(...(await write(selectRows(batch, rest))));
    }

    const now = deps.lake.deps.clock();
    const removes = snapshot.files.map((file) => removeOf(file, now, true));
    const request = {
      base: snapshot,
      operation: 'REDECODE',
      adds,
      removes,
      reads: { files: snapshot.files },
    } as const;
    const result = await commit(opened.store, request, deps.lake.deps);
    opened.state = result.state;
    if (result.kind === 'committed') return report;
  }
  throw new TributaryError(
    `table ${wish.path} was rewritten by others ${MAX_ATTEMPTS} times meanwhile; try again`,
    {
      retriable: true,
    },
  );
}

function* keptMessages(batch: ColumnBatch): Iterable<Place> {
  const text = (name: string) => columnOf(batch, name).values as readonly string[];
  const [topics, streams, shards, positions] = [
    ORIGIN.topic,
    ORIGIN.stream,
    ORIGIN.shard,
    ORIGIN.position,
  ].map(text);
  const arrived = columnOf(batch, ORIGIN.arrivedAt).values as BigInt64Array;
  const payloads = columnOf(batch, PAYLOAD);
  for (let row = 0; row < batch.length; row++) {
    if (payloads.validity?.[row] === 0) continue;
    yield {
      stream: parseStreamText(streams![row]!),
      shard: shards![row]!,
      record: {
        key: topics![row]!,
        payload: payloads.values[row] as Uint8Array,
        position: unpadPosition(positions![row]!),
        arrivedAt: Number(arrived[row]! / 1000n),
      },
    };
  }
}

async function decodeMessages(
  messages: readonly Place[],
  table: Table,
  { lake, decoder }: { readonly lake: Lake; readonly decoder: TableDecoder },
) {
  const runs = gatherRuns(messages);
  const path = wishOf(table).path;
  const rows = decoder.newBatch(messages.length);
  const ordinals: number[] = [];
  const failures: BatchFailures = new Map();
  let ordinal = 0;
  for (const run of runs) {
    const stream = `${run.stream.kind}/${run.stream.id}`;
    for (const record of run.records) {
      const origin = { stream, shard: run.shard, position: padPosition(run.stream.kind, record.position) };
      const levels = fillLevels(table, record.key) ?? {};
      const { key: topic, payload, arrivedAt } = record;
      const outcome = decoder.decode({ topic, levels, payload, arrivedAt, origin }, rows);
      while (ordinals.length < rows.length) ordinals.push(ordinal);
      const { readings } = outcome;
      for (const failure of outcome.failures)
        addFailure(failures, ordinal, { table: path, readings, ...failure });
      ordinal++;
    }
  }
  const share = {
    table: await lake.open(wishOf(table)),
    batch: rows.finish(),
    ordinals,
    sortBy: table.sortBy,
  };
  const guarded = await quarantineFailures(runs, [share], failures, NO_EPOCHS, lake, isOutside);
  return { batch: guarded.shares[0]!.batch, quarantined: guarded.quarantined };
}

/** A replayed reading is among the rows that are decoded anew; any other of the quarantine's is not. */
function isOutside({ resolution }: StoredFailure): boolean {
  return resolution !== 'replayed';
}

/** Rows whose message left its bytes in no row: from before the table kept payloads. */
function rowsWithoutPayload(batch: ColumnBatch, kept: ReadonlySet<string>): Int32Array {
  const text = (name: string) => columnOf(batch, name).values as readonly string[];
  const [streams, shards, positions] = [ORIGIN.stream, ORIGIN.shard, ORIGIN.position].map(text);
  const rows: number[] = [];
  for (let row = 0; row < batch.length; row++) {
    const origin = { stream: streams![row]!, shard: shards![row]!, position: positions![row]! };
    if (!kept.has(originKey(origin))) rows.push(row);
  }
  return Int32Array.from(rows);
}
