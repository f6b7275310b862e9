import type { ColumnBatch } from '../../src/columns/column.ts';
import { ORIGIN } from '../../src/columns/reserved.ts';
import { columnOf } from '../../src/columns/select.ts';
import { scan } from '../../src/delta/scan.ts';
import { QUARANTINE_PATH } from '../../src/fleet/index.ts';
import { prefixedStore } from '../../src/stores/object-store.ts';
import { unpadPosition } from '../../src/streams/position.ts';
import { ALARMS, READINGS, type SentReading } from './messages.ts';
import type { TableAudit } from './table-audit.ts';
import type { World } from './world.ts';

/** Where readings stand: by origin and table, how often and with which value. */
type Standing = Map<string, (number | undefined)[]>;

/** Every reading stands once: in its table with its value, or in the quarantine with its bytes. */
export async function auditReadings(world: World, tables: readonly TableAudit[]): Promise<string[]> {
  const problems: string[] = [];
  const rows: Standing = new Map();
  const held: Standing = new Map();
  for (const path of [READINGS, ALARMS]) await collectRows(world, tables, path, rows);
  await collectFailures(world, tables, held, problems);
  for (const reading of world.shards.flatMap((shard) => shard.readings)) {
    const subject = formatSubject(reading);
    const inTable = rows.get(subject) ?? [];
    const inQuarantine = held.get(subject) ?? [];
    rows.delete(subject);
    held.delete(subject);
    const places = inTable.length + inQuarantine.length;
    if (places !== 1) {
      const how = places === 0 ? 'lost' : 'doubled';
      const where = `${inTable.length} times in its table, ${inQuarantine.length} in the quarantine`;
      problems.push(`reading ${subject} is ${how}: it stands ${where}`);
      continue;
    }
    const [value] = inTable;
    if (inTable.length === 1 && value !== reading.value) {
      problems.push(`reading ${subject} was sent as ${reading.value} and stands as ${value}`);
    }
    const fate = judge(world, reading);
    if (fate === 'row' && inTable.length === 0) problems.push(`good reading ${subject} is in the quarantine`);
    if (fate === 'failure' && inTable.length === 1) problems.push(`bad reading ${subject} is a row`);
  }
  for (const subject of [...rows.keys(), ...held.keys()]) problems.push(`nobody sent ${subject}`);
  return problems;
}

/** What has to become of a reading; undefined where it depends on which definition met it. */
function judge({ plan }: World, { table, value }: SentReading): 'row' | 'failure' | undefined {
  if (table === null || value === undefined || (table === ALARMS && plan.foreign)) return 'failure';
  if (table === ALARMS) return 'row';
  const fates = new Set(plan.definitions.map(({ max }) => (value <= max ? 'row' : 'failure')));
  return fates.size === 1 ? [...fates][0] : undefined;
}

function formatSubject({ shard, position, table, index }: Omit<SentReading, 'value'>): string {
  return `${shard}/${position} of ${table ?? 'no table'}#${index}`;
}

async function collectRows(
  world: World,
  tables: readonly TableAudit[],
  path: string,
  into: Standing,
): Promise<void> {
  const valueColumn = path === READINGS ? 'value' : 'code';
  const names = [ORIGIN.shard, ORIGIN.position, ORIGIN.index, valueColumn];
  for await (const batch of batchesOf(world, tables, path, names)) {
    for (let row = 0; row < batch.length; row++) {
      const [shard, position, index, value] = names.map((name) => columnOf(batch, name).values[row]);
      const subject = formatSubject({
        shard: String(shard),
        position: unpadPosition(String(position)),
        table: path,
        index: Number(index),
      });
      into.set(subject, [...(into.get(subject) ?? []), Number(value)]);
    }
  }
}

async function collectFailures(
  world: World,
  tables: readonly TableAudit[],
  into: Standing,
  problems: string[],
): Promise<void> {
  const payloads = new Map(
    world.shards.flatMap(({ name, records }) =>
      records.map(
        ({ position, payload }) => [`${name}/${position}`, Buffer.from(payload).toString()] as const,
      ),
    ),
  );
  const names = [ORIGIN.shard, ORIGIN.position, 'failures', 'payload'];
  for await (const batch of batchesOf(world, tables, QUARANTINE_PATH, names)) {
    for (let row = 0; row < batch.length; row++) {
      const [shard, text, failures, payload] = names.map((name) => columnOf(batch, name).values[row]);
      const position = unpadPosition(String(text));
      if (Buffer.from(payload as Uint8Array).toString() !== payloads.get(`${String(shard)}/${position}`)) {
        problems.push(`the quarantine holds other bytes than were sent at ${String(shard)}/${position}`);
      }
      const parsed = JSON.parse(String(failures)) as {
        readonly table: string | null;
        readonly index: number;
      }[];
      for (const { table, index } of parsed) {
        const subject = formatSubject({ shard: String(shard), position, table, index });
        into.set(subject, [...(into.get(subject) ?? []), undefined]);
      }
    }
  }
}

async function* batchesOf(
  { disk }: World,
  tables: readonly TableAudit[],
  path: string,
  columns: readonly string[],
): AsyncGenerator<ColumnBatch> {
  const table = tables.find((audit) => audit.path === path);
  if (table === undefined) return;
  const known = new Set(table.snapshot.schema.fields.map(({ name }) => name));
  // a table that somebody else made has no rows of ours
  if (!columns.every((name) => known.has(name))) return;
  yield* scan(prefixedStore(disk, `${path}/`), table.snapshot, { columns });
}
