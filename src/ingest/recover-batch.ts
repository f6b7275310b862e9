import { tablePath } from '../fleet/index.ts';
import type { Table } from '../fleet/model.ts';
import type { ShardRun } from '../streams/stream.ts';
import { addFailure, type BatchFailures, readingsNamed, type TableFailure } from './failures.ts';
import { beginEpochs } from './epochs.ts';
import { keepFailures } from './keep-failures.ts';
import { readHeldFailures } from './held-failures.ts';
import { originOf, type Place, placeKey } from './places.ts';
import { QUARANTINE } from './quarantine.ts';
import type { IngestDeps } from './ingest-deps.ts';
import { type MessageOutcome, replayOrigins, throwFaults } from './replay-origins.ts';
import type { Returned } from './returned-readings.ts';

export type RecoverReport = {
  readonly records: number;
  /** rows that the tables got; a repeat counts only what it added */
  readonly rows: number;
  /** messages that the quarantine got */
  readonly quarantined: number;
};

/** A record, and what the quarantine holds of it. */
type Recovered = { readonly place: Place; readonly held: ReadonlySet<string> | undefined };

/**
 * Brings records back that the stream does not hand out any more (design 5.15): what a table or the quarantine holds of
 * them is left out, all else goes into its tables by origin, and what cannot become rows into the quarantine. May be
 * repeated as often as one likes. Rejects after the healthy tables have committed where another failed.
 *
 * @param passed whether an event source is done with these records: progress moves past them then
 */
export async function recoverBatch(
  runs: readonly ShardRun[],
  passed: boolean,
  deps: IngestDeps,
): Promise<RecoverReport> {
  const epochs = await beginEpochs(runs, deps.definition, deps.lake);
  const records = await readRecovered(runs, deps);
  const returns = new Map<string, { readonly table: Table; readonly returned: Returned[] }>();
  for (const { place, held } of records) {
    for (const { table } of deps.router(place.record.key)) {
      const path = tablePath(table.fleet, table.name);
      const except = readingsNamed(held, path);
      if (except.has(-1)) continue;
      const target = returns.get(path) ?? { table, returned: [] };
      returns.set(path, target);
      target.returned.push({ place, only: undefined, except });
    }
  }
  const turn = { runs, epochs, passed: passed ? runs : [] };
  const { rows, outcomes, faults } = await replayOrigins(Array.from(returns.values()), deps, turn);

  const failures: BatchFailures = new Map();
  records.forEach((recovered, ordinal) => {
    const outcomeOf = (path: string) => outcomes.get(path)?.get(placeKey(recovered.place));
    for (const failure of failuresOf(recovered, outcomeOf, deps)) addFailure(failures, ordinal, failure);
  });
  const quarantined = await keepFailures(runs, turn.passed, failures, epochs, deps.lake);
  throwFaults(faults);
  return { records: records.length, rows, quarantined };
}

/** The records in the order of the runs. */
async function readRecovered(runs: readonly ShardRun[], { lake }: IngestDeps): Promise<Recovered[]> {
  const quarantine = await lake.open(QUARANTINE);
  const recovered: Recovered[] = [];
  for (const run of runs) {
    const subjects = await readHeldFailures(quarantine, run);
    for (const record of run.records) {
      const place: Place = { stream: run.stream, shard: run.shard, record };
      const held = subjects.get(originOf(place).position);
      recovered.push({ place, held });
    }
  }
  return recovered;
}

function failuresOf(
  { place, held }: Recovered,
  outcomeOf: (path: string) => MessageOutcome | undefined,
  { router, decoderOf }: IngestDeps,
): TableFailure[] {
  const topic = place.record.key;
  const routes = router(topic);
  if (routes.length === 0) {
    const detail = `no table takes the topic ${JSON.stringify(topic.slice(0, 256))}`;
    return [{ table: null, index: -1, reason: 'unroutable-topic', detail }];
  }
  return routes.flatMap(({ table, levels }): TableFailure[] => {
    const path = tablePath(table.fleet, table.name);
    const outcome = outcomeOf(path);
    if (outcome === undefined) return [];
    if (outcome.kind === 'done') {
      const { rows, readings, failures } = outcome;
      // the table took the message under another definition: what failed then was kept then
      const fresh = failures.filter(({ index }) => index >= 0 || rows.size === 0);
      return fresh.map((failure) => ({ table: path, readings, ...failure }));
    }
    const { payload, arrivedAt } = place.record;
    const decoder = decoderOf(table);
    const message = { topic, levels, payload, arrivedAt, origin: originOf(place) };
    const { readings, failures } = decoder.decode(message, decoder.newBatch(1));
    if (failures.some(({ index }) => index < 0))
      return failures.map((failure) => ({ table: path, ...failure }));
    const except = readingsNamed(held, path);
    const refused = Array.from({ length: readings }, (_, index): TableFailure => {
      const own = failures.find((failure) => failure.index === index);
      return { table: path, readings, ...(own ?? { index, reason: 'table-refused', detail: outcome.why }) };
    });
    return refused.filter(({ index }) => !except.has(index));
  });
}
