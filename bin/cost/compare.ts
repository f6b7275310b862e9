import { ALTERNATIVES } from './alternatives.ts';
import { type Group, GROUPS, type Line, totalOf } from './lines.ts';
import type { Region } from './prices.ts';
import { tributaryLines } from './tributary.ts';
import type { Workload } from './workload.ts';

/** What an alternative comes to. Dollars a month. */
export type Comparison = {
  readonly name: string;
  readonly lacks: string;
  readonly groups: Readonly<Partial<Record<Group, number>>>;
  /** of what has a price */
  readonly usd: number;
  /** how many times what Tributary costs */
  readonly ratio: number;
  /** where a charge of its own has no price in the list: what a GB of it may cost before Tributary is cheaper */
  readonly breakEven: number | undefined;
};

/** All alternatives under one workload, beside Tributary on the workload's stream. */
export function compare(workload: Workload): Comparison[] {
  const { region } = workload;
  const ours = totalOf(tributaryLines(workload), region);
  return ALTERNATIVES.map(({ name, lacks, lines }) => {
    const own = lines(workload);
    const usd = totalOf(own, region);
    const unknown = own.find(({ price }) => price === 'channel');
    return {
      name,
      lacks,
      groups: groupTotals(own, region),
      usd,
      ratio: usd / ours,
      breakEven: unknown === undefined ? undefined : Math.max(0, ours - usd) / unknown.quantity,
    };
  });
}

function groupTotals(lines: readonly Line[], region: Region): Partial<Record<Group, number>> {
  return Object.fromEntries(
    GROUPS.filter((group) => lines.some((line) => line.group === group)).map((group) => [
      group,
      totalOf(lines, region, group),
    ]),
  );
}

/** What devices can save, in every combination. */
export type Saving = { readonly name: string; readonly workload: Workload };

/** How many messages are batched where the workload says nothing of it. */
const USUAL_BATCH = 10;

export function savingsOf(workload: Workload): Saving[] {
  const batchOnDevice = workload.batchOnDevice === 1 ? USUAL_BATCH : workload.batchOnDevice;
  const plain = { ...workload, basicIngest: false, batchOnDevice: 1 };
  return [
    { name: 'neither', workload: plain },
    { name: 'Basic Ingest', workload: { ...plain, basicIngest: true } },
    { name: `batches of ${batchOnDevice}`, workload: { ...plain, batchOnDevice } },
    { name: 'both', workload: { ...plain, basicIngest: true, batchOnDevice } },
  ];
}
