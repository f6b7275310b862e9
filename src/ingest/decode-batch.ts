import type { BatchBuilder } from '../columns/builder.ts';
import type { TableDecoder } from '../decode/decoder.ts';
import type { Failure } from '../decode/failure.ts';
import type { Message } from '../decode/message.ts';
import { type ParsedPayload, parseOnce } from '../decode/payload.ts';
import { tablePath } from '../fleet/index.ts';
import type { Table } from '../fleet/model.ts';
import { padPosition } from '../streams/position.ts';
import type { ShardRun } from '../streams/stream.ts';
import { addFailure, type BatchFailures } from './failures.ts';
import type { OpenedTable, OpenedTables } from './open-shares.ts';
import { streamText } from './places.ts';
import type { DecodedShare } from './table-share.ts';

/** A table of the batch, and the rows that it gets. */
type Target = {
  readonly path: string;
  readonly decoder: TableDecoder;
  readonly opened: OpenedTable;
  /** begun with the first record that the table takes */
  rows: BatchBuilder | undefined;
  readonly ordinals: number[];
};

/**
 * Decodes every record for every table that takes its topic and does not hold it yet. Purely computing: what cannot
 * become a row becomes a failure, by reading.
 */
export function decodeBatch(
  runs: readonly ShardRun[],
  opened: OpenedTables,
  deps: { readonly decoderOf: (table: Table) => TableDecoder },
): { readonly shares: readonly DecodedShare[]; readonly failures: BatchFailures } {
  const targets = new Map<Table, Target>();
  const failures: BatchFailures = new Map();
  const targetOf = (table: Table): Target => {
    let target = targets.get(table);
    if (target === undefined) {
      const path = tablePath(table.fleet, table.name);
      const openedTable = opened.tables.get(path) ?? { kind: 'faulty' };
      target = { path, decoder: deps.decoderOf(table), opened: openedTable, rows: undefined, ordinals: [] };
      targets.set(table, target);
    }
    return target;
  };

  let ordinal = 0;
  for (let runNumber = 0; runNumber < runs.length; runNumber++) {
    const { stream, shard, records } = runs[runNumber]!;
    const streamName = streamText(stream);
    for (let i = 0; i < records.length; i++, ordinal++) {
      const { key, payload, arrivedAt, position } = records[i]!;
      const routes = opened.routes[ordinal]!;
      if (routes.length === 0) {
        const detail = `no table takes the topic ${JSON.stringify(key.slice(0, 256))}`;
        addFailure(failures, ordinal, { table: null, index: -1, reason: 'unroutable-topic', detail });
        continue;
      }
      const parse = routes.length > 1 ? parseOnce(payload) : undefined;
      const origin = { stream: streamName, shard, position: padPosition(stream.kind, position) };
      for (let j = 0; j < routes.length; j++) {
        const { table, topic, levels } = routes[j]!;
        const target = targetOf(table);
        const { opened: state } = target;
        if (state.kind === 'faulty' || (state.kind === 'open' && i < state.firsts[runNumber]!)) continue;
        const message = { topic, levels, payload, arrivedAt, origin };
        if (state.kind === 'open')
          fill(target, message, parse, { ordinal, records: records.length }, failures);
        else refuseReadings(target, message, parse, { ordinal, why: state.why }, failures);
      }
    }
  }
  return { shares: Array.from(targets.values()).flatMap(shareOf), failures };
}

function fill(
  target: Target,
  message: Message,
  parse: (() => ParsedPayload) | undefined,
  { ordinal, records }: { readonly ordinal: number; readonly records: number },
  failures: BatchFailures,
): void {
  const { path, decoder, ordinals } = target;
  target.rows ??= decoder.newBatch(records);
  const { rows } = target;
  const outcome = decoder.decode(message, rows, undefined, parse);
  while (ordinals.length < rows.length) ordinals.push(ordinal);
  const { readings } = outcome;
  for (const failure of outcome.failures)
    addFailure(failures, ordinal, { table: path, readings, ...failure });
}

/** A table that cannot be written gets no rows: its good readings fail with the reason, its bad ones with theirs. */
function refuseReadings(
  { path, decoder }: Target,
  message: Message,
  parse: (() => ParsedPayload) | undefined,
  { ordinal, why }: { readonly ordinal: number; readonly why: string },
  failures: BatchFailures,
): void {
  const outcome = decoder.decode(message, decoder.newBatch(1), undefined, parse);
  const fail = (failure: Failure) => addFailure(failures, ordinal, { table: path, ...failure });
  const failed = new Set(outcome.failures.map((failure) => failure.index));
  for (const failure of outcome.failures) fail(failure);
  if (failed.has(-1)) return;
  for (let index = 0; index < outcome.readings; index++) {
    if (!failed.has(index)) fail({ index, reason: 'table-refused', detail: why });
  }
}

function shareOf({ opened, decoder, rows, ordinals }: Target): DecodedShare[] {
  if (opened.kind !== 'open' || rows === undefined || rows.length === 0) return [];
  return [{ table: opened.table, batch: rows.finish(), ordinals, sortBy: decoder.table.sortBy }];
}
