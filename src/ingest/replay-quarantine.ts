import { tablePath } from '../fleet/index.ts';
import type { Table } from '../fleet/model.ts';
import { applyClaims, type Claims, findUnclaimed, planClaims } from './claim-readings.ts';
import type { LakeTable } from './lake.ts';
import { gatherRuns, placeKey } from './places.ts';
import { checkedTxns } from './quarantine-failures.ts';
import { isOpen, type QuarantineRow, type QuarantineSelection } from './quarantine-rows.ts';
import { openQuarantineSteps, type QuarantineStep } from './quarantine-steps.ts';
import { QUARANTINE } from './quarantine.ts';
import { type ReplayDeps, replayOrigins, type TableReturns, throwFaults } from './replay-origins.ts';
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
  deps: ReplayDeps,
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

async function replayStep({ rows: chosen, files }: QuarantineStep, quarantine: LakeTable, deps: ReplayDeps) {
  const places = chosen.map(({ place }) => place);
  let claims: Claims = new Map();
  const unclaimed = findUnclaimed(chosen, deps);
  const claimed = await rewriteQuarantine(
    {
      files,
      places: unclaimed,
      planChange: async () => {
        claims = await planClaims(chosen, quarantine, deps);
        return (row) => (isOpen(row) ? applyClaims(row, claims) : undefined);
      },
      txns: checkedTxns(gatherRuns(unclaimed), deps.lake.deps.clock()),
    },
    deps.lake,
  );
  const open = chosen.map((row) => ({ ...row, failures: applyClaims(row, claims) ?? row.failures }));
  const { rows, outcomes, faults } = await replayOrigins(returnsOf(open, deps), deps);
  const marked = await rewriteQuarantine(
    {
      files: claimed.files,
      places,
      planChange: () => Promise.resolve((row) => resolveFailures(row, outcomes)),
    },
    deps.lake,
  );
  return { rows, faults, resolved: claimed.resolved + marked.resolved };
}

/** The open failures as readings to be retried, by the tables that take their topics today. */
function returnsOf(rows: readonly QuarantineRow[], { router }: ReplayDeps): TableReturns[] {
  const returns = new Map<string, { readonly table: Table; readonly messages: Map<string, Returned> }>();
  for (const { place, failures } of rows) {
    for (const { table } of router(place.record.key)) {
      const path = tablePath(table.fleet, table.name);
      const open = failures.filter((failure) => failure.table === path && failure.resolution === undefined);
      if (open.length === 0) continue;
      const target = returns.get(path) ?? { table, messages: new Map<string, Returned>() };
      returns.set(path, target);
      const known = target.messages.get(placeKey(place));
      const whole = open.some(({ index }) => index < 0) || (known !== undefined && known.only === undefined);
      target.messages.set(placeKey(place), {
        place,
        only: whole ? undefined : new Set([...(known?.only ?? NONE), ...open.map(({ index }) => index)]),
        except: NONE,
        readings: open.find(({ readings }) => readings !== undefined)?.readings,
      });
    }
  }
  return Array.from(returns.values(), ({ table, messages }) => ({
    table,
    returned: Array.from(messages.values()),
  }));
}
