import type { FaultKind } from '../device-sim/faults.ts';
import type { SimulationSummary } from '../device-sim/run.ts';
import type { Tally } from '../device-sim/tally.ts';
import type { Runtime, RuntimeStatus } from '../local/runtime.ts';
import type { Verification } from '../local/verify.ts';
import { sqlName, tablePath } from '../src/fleet/index.ts';
import type { Fleet } from '../src/fleet/model.ts';
import type { ObjectStore } from '../src/stores/object-store.ts';
import type { DataTestResult } from '../src/models/test-data.ts';
import { formatTables } from './commands/tables.ts';
import { summarizeTests } from './commands/test-data.ts';
import { describeTables, type TableLine } from './describe-tables.ts';
import { printResult } from './output.ts';

/** What a run of `start` leaves behind. An unbounded run is not verified: the figures of the check are null then. */
export type StartSummary = {
  /** messages that devices sent and the broker acknowledged, ever, on this data dir */
  readonly acknowledged: number | null;
  /** of all raw tables together */
  readonly rows: number;
  readonly quarantined: number;
  readonly lost: number | null;
  readonly doubled: number | null;
  readonly pending: number | null;
  /** messages that were made so that they cannot become rows, on this data dir, and whether they are kept */
  readonly poisons: Verification['poisons'] | null;
  /** on the stream, ever */
  readonly records: number;
  readonly seconds: number;
  readonly simulation: SimulationSummary | null;
  /** what the data tests came to at the end */
  readonly tests: readonly DataTestResult[];
  readonly tables: readonly TableLine[];
};

export function describeStart(
  runtime: Runtime,
  fleets: readonly Fleet[],
  place: { readonly dataDir: string; readonly pageUrl: string | undefined },
): string {
  const tables = fleets.flatMap(({ name, tables: own, rollups, models }) =>
    [own, rollups, models].flatMap(Object.keys).map((table) => sqlName(name, table)),
  );
  const worthAsking = fleets.flatMap(({ name, rollups }) =>
    Object.keys(rollups).map((each) => sqlName(name, each)),
  );
  return [
    ...(place.pageUrl === undefined ? [] : [`page     ${place.pageUrl}`]),
    `broker   ${runtime.endpoint}`,
    `lake     ${place.dataDir}/lake`,
    `tables   ${tables.join(', ')}`,
    `ask      npm run sql -- "select * from ${worthAsking[0] ?? tables[0]} limit 10"`,
    'Ctrl-C drains, commits and ends.',
    '',
  ].join('\n');
}

/** The line of the moment: devices, what they sent, what waits, what was committed. */
export function describeProgress(status: RuntimeStatus, tally: Readonly<Tally> | undefined): string {
  const lag = status.ingest.shards.reduce((sum, shard) => sum + shard.lag, 0);
  const parts = [
    `${status.broker.connected} devices`,
    `${status.broker.published.toLocaleString('en')} messages`,
    ...(tally === undefined ? [] : [`${tally.acknowledged.toLocaleString('en')} acknowledged`]),
    `${lag.toLocaleString('en')} waiting`,
    `${status.ingest.batches.toLocaleString('en')} batches`,
  ];
  if (status.ingest.failuresInARow > 0)
    parts.push(`ingest fails: ${status.ingest.lastError ?? 'see the logs'}`);
  return parts.join(' · ');
}

export async function summarize(
  run: { readonly runtime: Runtime; readonly lake: ObjectStore; readonly fleets: readonly Fleet[] },
  figures: {
    readonly verification: Verification | undefined;
    readonly simulation: SimulationSummary | undefined;
    readonly seconds: number;
  },
): Promise<StartSummary> {
  const { verification, simulation, seconds } = figures;
  const tables = await describeTables(run.lake, run.fleets);
  const derived = new Set(
    run.fleets.flatMap(({ name, rollups, models }) =>
      [rollups, models].flatMap(Object.keys).map((each) => tablePath(name, each)),
    ),
  );
  const rowsOf = (wanted: (table: string) => boolean) =>
    tables.filter(({ table }) => wanted(table)).reduce((sum, { rows }) => sum + rows, 0);
  return {
    acknowledged: verification?.acknowledged ?? null,
    rows: verification?.rows ?? rowsOf((table) => table !== 'quarantine' && !derived.has(table)),
    quarantined: verification?.quarantined ?? rowsOf((table) => table === 'quarantine'),
    lost: verification?.lost ?? null,
    doubled: verification?.doubled ?? null,
    pending: verification?.pending ?? null,
    poisons: verification?.poisons ?? null,
    records: run.runtime.status().stream.records,
    seconds,
    simulation: simulation ?? null,
    tests: run.runtime.status().dataTests,
    tables,
  };
}

export function printSummary(
  json: boolean,
  summary: StartSummary,
  verification: Verification | undefined,
): void {
  const { simulation } = summary;
  const lines = [
    ...(simulation === null
      ? []
      : [
          `${simulation.devices} devices sent ${simulation.messages.toLocaleString('en')} messages in ` +
            `${simulation.seconds.toFixed(1)} s; ${simulation.acknowledged.toLocaleString('en')} were acknowledged`,
        ]),
    ...describeFaults(simulation?.faults),
    ...describeRejected(simulation?.replay),
    ...formatTables(summary.tables),
    ...describeTests(summary.tests),
    ...(verification === undefined
      ? ['not verified: npm run verify does']
      : describeVerification(verification)),
  ];
  printResult(json, summary, lines);
}

/** The tests that are violated, and how many hold. */
function describeTests(results: readonly DataTestResult[]): string[] {
  if (results.length === 0) return [];
  const violated = results.filter(({ outcome }) => outcome === 'violated');
  return [
    summarizeTests(results),
    ...violated.map(({ fleet, source, test, detail }) => `  ${fleet}.${source} ${test}: ${detail}`),
  ];
}

/** What went wrong on purpose; nothing where nothing was asked for. */
export function describeFaults(counts: SimulationSummary['faults'] | undefined): string[] {
  const injected = Object.entries(counts ?? {}).filter(([, count]) => count > 0);
  if (injected.length === 0) return [];
  const figures = injected.map(
    ([kind, count]) => `${count.toLocaleString('en')} ${FAULT_WORDS[kind as FaultKind]}`,
  );
  return [`on purpose: ${figures.join(', ')}`];
}

const FAULT_WORDS: Readonly<Record<FaultKind, string>> = {
  doubled: 'doubled',
  late: 'late',
  skew: 'by a clock that is off',
  disorder: 'overtaken',
  poison: 'poisoned',
  disconnects: 'cut off',
};

/** Rows of a replayed file that no device could have sent. */
function describeRejected(replay: SimulationSummary['replay'] | undefined): string[] {
  if (replay === undefined || replay.rejected === 0) return [];
  return [
    `${replay.rejected.toLocaleString('en')} of ${replay.rows.toLocaleString('en')} rows became no message:`,
    ...replay.problems.map((problem) => `  ${problem}`),
  ];
}

/** The verdict, and what is wrong by name. */
export function describeVerification(verification: Verification): string[] {
  const { acknowledged, records, readings, rows, quarantined, pending, lost, doubled, samples } =
    verification;
  const figure = (value: number) => value.toLocaleString('en');
  return [
    `${figure(acknowledged)} messages acknowledged, ${figure(records)} records on the stream with ${figure(readings)} readings, ` +
      `${figure(rows)} rows, ${figure(quarantined)} in the quarantine, ${figure(pending)} pending`,
    ...describePoisons(verification.poisons),
    `lost ${figure(lost)}, doubled ${figure(doubled)}`,
    ...samples.map((sample) => `  ${JSON.stringify(sample)}`),
  ];
}

function describePoisons({ injected, acknowledged, quarantined }: Verification['poisons']): string[] {
  if (injected === 0) return [];
  const figure = (value: number) => value.toLocaleString('en');
  const found = acknowledged === quarantined ? 'all' : figure(quarantined);
  return [
    `${figure(injected)} poisons were injected, ${figure(acknowledged)} of them acknowledged, ${found} of those in the quarantine`,
  ];
}
