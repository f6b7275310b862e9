import { formatTable } from '../output.ts';
import { COMMITS_PER_SECOND, commitsPerSecond } from './batches.ts';
import { type Comparison, compare, savingsOf } from './compare.ts';
import { type Group, GROUPS, type PricedLine, priceLine } from './lines.ts';
import { AS_OF } from './prices.ts';
import { tributaryLines } from './tributary.ts';
import { trafficOf, type Workload } from './workload.ts';

/** What `npm run cost` says: dollars are of a month. */
export type CostReport = {
  readonly pricesOf: string;
  readonly workload: Workload;
  readonly lines: readonly PricedLine[];
  readonly usd: number;
  /** dollars for a million readings */
  readonly perMillionReadings: number;
  readonly alternatives: readonly Comparison[];
  /** the same alternatives, by what devices save */
  readonly savings: readonly { readonly name: string; readonly alternatives: readonly Comparison[] }[];
  /** to each table */
  readonly commitsPerSecond: number;
};

export function reportCost(workload: Workload): CostReport {
  const lines = tributaryLines(workload).map((line) => priceLine(line, workload.region));
  const usd = lines.reduce((sum, line) => sum + (line.usd ?? 0), 0);
  const { messages, readings } = trafficOf(workload);
  return {
    pricesOf: AS_OF,
    workload,
    lines,
    usd,
    perMillionReadings: (usd / (messages * readings)) * 1e6,
    alternatives: compare(workload),
    savings: savingsOf(workload).map((saving) => ({
      name: saving.name,
      alternatives: compare(saving.workload),
    })),
    commitsPerSecond: commitsPerSecond(workload),
  };
}

export function describeCost(report: CostReport): string[] {
  return [
    ...describeWorkload(report),
    '',
    ...describeLines(report),
    '',
    ...describeAlternatives(report),
    '',
    ...describeSavings(report),
    ...describeNotes(report),
  ];
}

function describeWorkload({ workload, pricesOf }: CostReport): string[] {
  const { devices, messagesPerSecond, payloadBytes, readingsPerMessage, batchOnDevice, region } = workload;
  const alone = batchOnDevice === 1 ? 'each sent alone' : `${batchOnDevice} sent as one`;
  return [
    `a month (730 h) in ${region}, in USD at list prices of ${pricesOf}: check them before you decide`,
    `${count(devices)} devices, ${count(messagesPerSecond)} messages/s of ${count(payloadBytes)} B with ` +
      `${count(readingsPerMessage)} ${readingsPerMessage === 1 ? 'reading' : 'readings'}, ${alone}, ${workload.basicIngest ? 'by Basic Ingest' : 'by the broker'}; ` +
      `rows kept ${count(workload.retention)} days`,
  ];
}

function describeLines({ lines, usd, perMillionReadings, workload }: CostReport): string[] {
  const ordered = GROUPS.flatMap((group) => lines.filter((line) => line.group === group));
  const rows = ordered.map((line, i) => [
    ordered[i - 1]?.group === line.group ? '' : line.group,
    `${line.unit}${line.estimated ? ' *' : ''}`,
    count(line.quantity),
    money(line.usd ?? 0),
  ]);
  const sum = ['total', '', '', money(usd)];
  return [
    `Tributary, ${STREAM_NAMES[workload.stream]}, item by item`,
    ...formatTable(['', 'billed by', 'quantity', 'USD'], [...rows, sum]),
    `a million readings: ${money(perMillionReadings)}`,
  ];
}

const STREAM_NAMES = {
  'on-demand': 'Kinesis on demand',
  provisioned: 'Kinesis provisioned',
  msk: 'MSK Express',
};

const SHOWN: readonly (readonly [string, readonly Group[]])[] = [
  ['devices', ['connections', 'messages']],
  ['stream', ['stream']],
  ['ingest', ['ingest']],
  ['upkeep, rollups', ['upkeep', 'rollups']],
  ['storage', ['storage']],
  ['queries, watch', ['queries', 'watch']],
];

function describeAlternatives({ alternatives }: CostReport): string[] {
  const rows = alternatives.map((each) => [
    each.name,
    ...SHOWN.map(([, groups]) => money(groups.reduce((usd, group) => usd + (each.groups[group] ?? 0), 0))),
    total(each),
    ratio(each),
  ]);
  return [
    'the same fleet on other ways',
    ...formatTable(['', ...SHOWN.map(([name]) => name), 'total', '× Tributary'], rows),
    ...alternatives.filter(({ lacks }) => lacks !== '').map(({ name, lacks }) => `${name}: ${lacks}`),
    ...alternatives.flatMap(({ name, breakEven }) =>
      breakEven === undefined ? [] : [`${name}: and its own charge; ${describeBreakEven(breakEven)}`],
    ),
  ];
}

function describeBreakEven(usd: number): string {
  if (usd === 0) return 'it is dearer without';
  return `it costs as much as Tributary at ${money(usd)} a GB delivered`;
}

function describeSavings({ savings }: CostReport): string[] {
  const rows = savings[0]!.alternatives.map(({ name }, i) => [
    name,
    ...savings.flatMap(({ alternatives }) => [total(alternatives[i]!), ratio(alternatives[i]!)]),
  ]);
  return [
    'what devices save: USD, and × Tributary with the same savings',
    ...formatTable(['', ...savings.flatMap(({ name }) => [name, '×'])], rows),
  ];
}

function describeNotes({ lines, commitsPerSecond: commits, workload }: CostReport): string[] {
  const estimated = `* estimated from us-east-1: this list has no price of ${workload.region}`;
  const crowded =
    `a table's log takes about ${COMMITS_PER_SECOND} commits a second, and these are ${count(commits)}: ` +
    'let devices batch, or batches fill longer (docs/scale.md)';
  return [
    ...(lines.some((line) => line.estimated) ? [estimated] : []),
    ...(commits > COMMITS_PER_SECOND ? [crowded] : []),
  ];
}

/** `+`: there is a charge without a price. */
function total({ usd, breakEven }: Comparison): string {
  return breakEven === undefined ? money(usd) : `${money(usd)} +`;
}

function ratio({ ratio: times, breakEven }: Comparison): string {
  return `${times.toFixed(2)}${breakEven === undefined ? '' : ' +'}`;
}

function money(usd: number): string {
  const digits = usd >= 100 ? 0 : usd >= 0.01 || usd === 0 ? 2 : 4;
  return usd.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function count(quantity: number): string {
  const digits = quantity >= 100 || Number.isInteger(quantity) ? 0 : 3;
  return quantity.toLocaleString('en', { maximumFractionDigits: digits });
}
