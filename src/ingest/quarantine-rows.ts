import type { Column, ColumnBatch } from '../columns/column.ts';
import { ORIGIN } from '../columns/reserved.ts';
import { columnOf } from '../columns/select.ts';
import { type ColumnRange, fileFilter } from '../delta/prune.ts';
import type { Snapshot } from '../delta/snapshot.ts';
import { parseStats } from '../delta/stats.ts';
import type { AddFile } from '../delta/actions.ts';
import { unpadPosition } from '../streams/position.ts';
import { failureSubject, parseFailures, type Resolution, type StoredFailure } from './failures.ts';
import { parseStreamText, type Place, placeKey } from './places.ts';

/** A row of the quarantine: one message, and what failed of it. */
export type QuarantineRow = {
  readonly place: Place;
  /** `_index` */
  readonly index: number;
  /** of the first failure that is open, or was last */
  readonly reason: string;
  readonly detail: string;
  readonly failures: readonly StoredFailure[];
  /** ms; undefined while a failure is open */
  readonly resolvedAt: number | undefined;
  readonly resolution: Resolution | undefined;
};

/** Which rows somebody means; every part that is given has to hold. */
export type QuarantineSelection = {
  /** one of its failures has this reason */
  readonly reason?: string | undefined;
  /** one of its failures concerns this table, by its path */
  readonly table?: string | undefined;
  /** arrived then or later, ms */
  readonly since?: number | undefined;
};

/** The columns that a row consists of, but for the payload. */
export const QUARANTINE_COLUMNS = [
  ...Object.values(ORIGIN),
  'reason',
  'detail',
  'failures',
  'resolved_at',
  'resolution',
] as const;

const NO_BYTES = new Uint8Array();

export function readQuarantineRows(batch: ColumnBatch): QuarantineRow[] {
  const text = (name: string) => columnOf(batch, name).values as readonly string[];
  const [topics, streams, shards, positions] = [
    ORIGIN.topic,
    ORIGIN.stream,
    ORIGIN.shard,
    ORIGIN.position,
  ].map(text);
  const arrived = columnOf(batch, ORIGIN.arrivedAt).values as BigInt64Array;
  const indices = columnOf(batch, ORIGIN.index).values;
  const [reasons, details, failures] = ['reason', 'detail', 'failures'].map(text);
  const payloads = batch.schema.fields.some(({ name }) => name === 'payload')
    ? (columnOf(batch, 'payload').values as readonly Uint8Array[])
    : undefined;
  const resolvedAt = columnOf(batch, 'resolved_at');
  const resolution = columnOf(batch, 'resolution');
  return Array.from({ length: batch.length }, (_, row) => ({
    place: {
      stream: parseStreamText(streams![row]!),
      shard: shards![row]!,
      record: {
        key: topics![row]!,
        payload: payloads?.[row] ?? NO_BYTES,
        position: unpadPosition(positions![row]!),
        arrivedAt: Number(arrived[row]! / 1000n),
      },
    },
    index: Number(indices[row]),
    reason: reasons![row]!,
    detail: details![row]!,
    failures: parseFailures(failures![row]!),
    resolvedAt: isNull(resolvedAt, row) ? undefined : Number((resolvedAt.values[row] as bigint) / 1000n),
    resolution: isNull(resolution, row) ? undefined : (resolution.values[row] as Resolution),
  }));
}

export function isSelected(row: QuarantineRow, { reason, table, since }: QuarantineSelection): boolean {
  if (since !== undefined && row.place.record.arrivedAt < since) return false;
  return row.failures.some(
    (failure) =>
      (reason === undefined || failure.reason === reason) && (table === undefined || failure.table === table),
  );
}

export function isOpen(row: QuarantineRow): boolean {
  return row.resolvedAt === undefined;
}

/** One comparable text for a row. Several may be of one message: no two of them with the same first failure. */
export function rowKey({ place, failures }: QuarantineRow): string {
  const first = failures[0];
  return `${placeKey(place)} ${failureSubject(first?.table ?? null, first?.index ?? -1)}`;
}

/** The files that may hold selected rows, those with open rows only where they are asked for. */
export function quarantineFiles(
  snapshot: Snapshot,
  { since, open }: { readonly since?: number | undefined; readonly open: boolean },
): readonly AddFile[] {
  const where: ColumnRange[] = since === undefined ? [] : [{ column: ORIGIN.arrivedAt, min: since }];
  const maySuit = fileFilter(snapshot, where);
  return snapshot.files.filter((add) => maySuit(add) && (!open || mayHoldOpenRows(add)));
}

export function mayHoldOpenRows(add: AddFile): boolean {
  return parseStats(add).nullCount?.['resolved_at'] !== 0;
}

function isNull({ validity }: Column, row: number): boolean {
  return validity?.[row] === 0;
}
