import type { BatchBuilder } from '../columns/builder.ts';
import type { Message, TableDecoder } from '../decode/decoder.ts';
import type { Failure } from '../decode/failure.ts';
import { type ParsedPayload, parsePayload } from '../decode/payload.ts';
import { type Router, tablePath } from '../fleet/index.ts';
import type { Table } from '../fleet/model.ts';
import { padPosition } from '../streams/position.ts';
import type { ShardRun } from '../streams/stream.ts';
import { addFailure, type BatchFailures } from './failures.ts';
import type { LakeTable } from './lake.ts';
import type { OpenedTables } from './open-shares.ts';
import type { DecodedShare } from './table-share.ts';

type Filling = {
  readonly decoder: TableDecoder;
  readonly table: LakeTable;
  readonly rows: BatchBuilder;
  readonly ordinals: number[];
};

/**
 * Decodes every record for every table that takes its topic and does not hold it yet. Purely computing: what cannot
 * become a row becomes a failure, by reading.
 */
export function decodeBatch(
  runs: readonly ShardRun[],
  opened: OpenedTables,
  deps: { readonly router: Router; readonly decoderOf: (table: Table) => TableDecoder },
): { readonly shares: readonly DecodedShare[]; readonly failures: BatchFailures } {
  const fillings = new Map<string, Filling>();
  const failures: BatchFailures = new Map();
  let ordinal = 0;
  for (const [runNumber, run] of runs.entries()) {
    const stream = `${run.stream.kind}/${run.stream.id}`;
    for (const [i, record] of run.records.entries()) {
      const routes = deps.router(record.key);
      if (routes.length === 0) {
        const detail = `no table takes the topic ${JSON.stringify(record.key.slice(0, 256))}`;
        addFailure(failures, ordinal, { table: null, index: -1, reason: 'unroutable-topic', detail });
      }
      // parsed once, however many tables take the message
      const parsed = routes.length > 1 ? parsePayload(record.payload) : undefined;
      for (const { table, levels } of routes) {
        const path = tablePath(table.fleet, table.name);
        const target = opened.tables.get(path);
        if (target === undefined || target.kind === 'faulty') continue;
        if (target.kind === 'open' && i < target.firsts[runNumber]!) continue;
        const position = padPosition(run.stream.kind, record.position);
        const message = {
          topic: record.key,
          levels,
          payload: record.payload,
          arrivedAt: record.arrivedAt,
          origin: { stream, shard: run.shard, position },
        };
        const decoder = deps.decoderOf(table);
        if (target.kind === 'refused') {
          refuseReadings(decoder, { message, parsed, why: target.why }, (failure) =>
            addFailure(failures, ordinal, { table: path, ...failure }),
          );
          continue;
        }
        let filling = fillings.get(path);
        if (filling === undefined) {
          filling = {
            decoder,
            table: target.table,
            rows: decoder.newBatch(run.records.length),
            ordinals: [],
          };
          fillings.set(path, filling);
        }
        const outcome = decoder.decode(message, filling.rows, undefined, parsed);
        while (filling.ordinals.length < filling.rows.length) filling.ordinals.push(ordinal);
        const { readings } = outcome;
        for (const failure of outcome.failures)
          addFailure(failures, ordinal, { table: path, readings, ...failure });
      }
      ordinal++;
    }
  }
  const shares = Array.from(fillings.values(), ({ decoder, table, rows, ordinals }) => {
    return { table, batch: rows.finish(), ordinals, sortBy: decoder.table.sortBy };
  });
  return { shares: shares.filter((share) => share.batch.length > 0), failures };
}

/** A table that cannot be written gets no rows: its good readings fail with the reason, its bad ones with theirs. */
function refuseReadings(
  decoder: TableDecoder,
  refused: { readonly message: Message; readonly parsed: ParsedPayload | undefined; readonly why: string },
  fail: (failure: Failure) => void,
): void {
  const { message, parsed, why } = refused;
  const { readings, failures } = decoder.decode(message, decoder.newBatch(1), undefined, parsed);
  const failed = new Set(failures.map((failure) => failure.index));
  for (const failure of failures) fail(failure);
  if (failed.has(-1)) return;
  for (let index = 0; index < readings; index++) {
    if (!failed.has(index)) fail({ index, reason: 'table-refused', detail: why });
  }
}
