import { isDeepStrictEqual } from 'node:util';
import { columnOf } from '../../src/columns/select.ts';
import { scan } from '../../src/delta/scan.ts';
import { QUARANTINE_PATH } from '../../src/fleet/index.ts';
import { prefixedStore } from '../../src/stores/object-store.ts';
import { GOLD, GOLD_SOURCE, readGold, sumReadings } from './gold.ts';
import { addOf } from './log-audit.ts';
import { READINGS } from './messages.ts';
import { NOTES } from './roles.ts';
import type { TableAudit } from './table-audit.ts';
import type { World } from './world.ts';
import { formatAttempt } from './writer.ts';

/** What attempts said of themselves is what their commits say. */
export function auditReports({ attempts }: World, tables: readonly TableAudit[]): string[] {
  const problems: string[] = [];
  for (const { attempt, report } of attempts) {
    if (report === undefined) continue;
    for (const { path, commits } of tables) {
      const committed = commits
        .filter(({ txnId }) => txnId.startsWith(formatAttempt(attempt)))
        .reduce((sum, { adds }) => sum + adds.reduce((rows, add) => rows + add.rows, 0), 0);
      const said = path === QUARANTINE_PATH ? report.quarantined : (report.rows[path] ?? 0);
      if (said !== committed) {
        problems.push(`attempt ${attempt} reports ${said} rows for ${path}, and committed ${committed}`);
      }
    }
  }
  return problems;
}

/** Rows that were appended blindly stand once where that was acknowledged, else once at most. */
export async function auditAppends(world: World, tables: readonly TableAudit[]): Promise<string[]> {
  const table = tables.find(({ path }) => path === NOTES);
  const counts = new Map<number, number>();
  if (table !== undefined) {
    for await (const batch of scan(prefixedStore(world.disk, `${NOTES}/`), table.snapshot)) {
      for (const id of Array.from(columnOf(batch, 'id').values, Number)) {
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
    }
  }
  return world.appended.flatMap(({ id, acknowledged }) => {
    const count = counts.get(id) ?? 0;
    if (count === 1 || (count === 0 && !acknowledged)) return [];
    return [`note ${id}, ${acknowledged ? 'acknowledged' : 'never acknowledged'}, stands ${count} times`];
  });
}

/** Gold is what can be computed from the version of its source that it names. */
export async function auditGold({ disk }: World, tables: readonly TableAudit[]): Promise<string[]> {
  const gold = tables.find(({ path }) => path === GOLD);
  const source = tables.find(({ path }) => path === READINGS);
  const version = gold?.snapshot.txns.get(GOLD_SOURCE);
  if (gold === undefined || source === undefined || version === undefined) return [];
  const then = { ...source.snapshot, files: Array.from(source.versions[version]!.files.values(), addOf) };
  const rows = scan(prefixedStore(disk.past, `${READINGS}/`), then, { columns: ['machine', 'value'] });
  const wanted = await sumReadings(rows);
  const found = await readGold(scan(prefixedStore(disk, `${GOLD}/`), gold.snapshot));
  if (isDeepStrictEqual(wanted, found)) return [];
  return [`${GOLD} differs from what version ${version} of ${READINGS} gives`];
}
