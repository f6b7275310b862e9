import { tablePath } from '../fleet/index.ts';
import type { Table } from '../fleet/model.ts';
import { applyClaims, findClaimable, NO_CLAIMS, planClaims, readSubjects } from './claim-readings.ts';
import { readingsNamed, type StoredFailure } from './failures.ts';
import type { LakeTable } from './lake.ts';
import { gatherRuns, type Place, placeKey } from './places.ts';
import { checkedTxns } from './progress.ts';
import { isOpen, type QuarantineRow, type QuarantineSelection } from './quarantine-rows.ts';
import { openQuarantineSteps, type QuarantineStep } from './quarantine-steps.ts';
import { QUARANTINE } from './quarantine.ts';
import type { IngestDeps } from './ingest-deps.ts';
import { replayOrigins, type TableReturns, throwFaults } from './replay-origins.ts';
import { resolveFailures } from './resolve-failures.ts';
import type { Returned } from './returned-readings.ts';
import { rewriteQuarantine } from './rewrite-quarantine.ts';

export type QuarantineReplay = {
  /** rows of the quarantine, each a message, that were tried */
  readonly messages: number;
  /** rows that the tables got */
  readonly rows: number;
  /** messages of which nothing is open any more */
  readonly resolved: number;
  /** messages of which something still fails */
  readonly failing: number;
};

const NONE: ReadonlySet<number> = new Set();

/**
 * Tries what the quarantine holds under today's definition (design 5.15): only readings that failed, straight into their
 * tables by origin; then what became of them is written down where they failed. Tables commit first, so after a crash at
 * any moment the same replay finds its rows in the tables, and completes the quarantine.
 *
 * @param selection `limit`: of messages; all by default
 */
export async function replayQuarantine(
  selection: QuarantineSelection & { readonly limit?: number | undefined },
  deps: IngestDeps,
  onProgress?: (soFar: QuarantineReplay) => void,
): Promise<QuarantineReplay> {
  const quarantine = await deps.lake.open(QUARANTINE);
  let report: QuarantineReplay = { messages: 0, rows: 0, resolved: 0, failing: 0 };
  for await (const step of openQuarantineSteps(quarantine, selection)) {
    const { rows, resolved, faults } = await replayStep(step, quarantine, deps);
    report = {
      messages: report.messages + step.rows.length,
      rows: report.rows + rows,
      resolved: report.resolved + resolved,
      failing: report.failing + Math.max(0, step.rows.length - resolved),
    };
    onProgress?.(report);
    throwFaults(faults);
  }
  return report;
}

async function replayStep({ rows: chosen, files }: QuarantineStep, quarantine: LakeTable, deps: IngestDeps) {
  const places = chosen.map(({ place }) => place);
  let claims = NO_CLAIMS;
  const claimable = findClaimable(chosen, deps);
  const claimed = await rewriteQuarantine(
    {
      files,
      places: claimable,
      planChange: async () => {
        claims = await planClaims(chosen, quarantine, deps);
        return (row) => (isOpen(row) ? applyClaims(row, claims) : undefined);
      },
      txns: checkedTxns(gatherRuns(claimable), deps.lake.deps.clock()),
    },
    deps.lake,
  );
  const open = chosen.map((row) => ({ ...row, failures: applyClaims(row, claims) ?? row.failures }));
  const elsewhere = await readElsewhere(open, quarantine);
  const returns = returnsOf(open, elsewhere, deps);
  const { rows, outcomes, faults } = await replayOrigins(returns, deps);
  const marked = await rewriteQuarantine(
    {
      files: claimed.files,
      places,
      planChange: () => Promise.resolve((row) => resolveFailures(row, outcomes, elsewhere)),
    },
    deps.lake,
  );
  return { rows, faults, resolved: claimed.resolved + marked.resolved };
}

/**
 * For messages that are tried as a whole, what the quarantine says of single readings: it stands in other rows, and stays
 * with them.
 */
function readElsewhere(rows: readonly QuarantineRow[], quarantine: LakeTable) {
  const whole = rows.filter(({ failures }) =>
    failures.some(({ index, resolution }) => index < 0 && resolution === undefined),
  );
  return readSubjects(
    whole.map(({ place }) => place),
    quarantine,
  );
}

type OpenMessage = { readonly place: Place; readonly open: StoredFailure[] };

/** The open failures as readings to be retried, by the tables that take their topics today. */
function returnsOf(
  rows: readonly QuarantineRow[],
  elsewhere: ReadonlyMap<string, ReadonlySet<string>>,
  { router }: IngestDeps,
): TableReturns[] {
  const tables = new Map<Table, Map<string, OpenMessage>>();
  for (const { place, failures } of rows) {
    for (const { table } of router(place.record.key)) {
      const path = tablePath(table.fleet, table.name);
      const open = failures.filter((failure) => failure.table === path && failure.resolution === undefined);
      if (open.length === 0) continue;
      const messages = tables.get(table) ?? new Map<string, OpenMessage>();
      tables.set(table, messages);
      const message = messages.get(placeKey(place)) ?? { place, open: [] };
      messages.set(placeKey(place), message);
      message.open.push(...open);
    }
  }
  return Array.from(tables, ([table, messages]) => ({
    table,
    returned: Array.from(messages, ([key, message]) => {
      const path = tablePath(table.fleet, table.name);
      return returnOf(message, readingsNamed(elsewhere.get(key), path));
    }),
  }));
}

function returnOf({ place, open }: OpenMessage, elsewhere: ReadonlySet<number>): Returned {
  const indices = new Set(open.map(({ index }) => index));
  const readings = open.find((failure) => failure.readings !== undefined)?.readings;
  if (!indices.has(-1)) return { place, only: indices, except: NONE, readings };
  return { place, only: undefined, except: elsewhere.difference(indices), readings };
}
