import { UsageError } from '../src/errors.ts';
import type { StoredFailure } from '../src/ingest/failures.ts';
import type { QuarantineList } from '../src/ingest/list-quarantine.ts';
import { type Place, streamText } from '../src/ingest/places.ts';
import type { QuarantineRow } from '../src/ingest/quarantine-rows.ts';
import type { StreamKind } from '../src/streams/stream.ts';

/** A message of the quarantine without its bytes, as machines get it. Times are ISO texts, UTC. */
export type QuarantinedJson = {
  readonly origin: string;
  readonly topic: string;
  readonly arrived: string;
  readonly reason: string;
  readonly detail: string;
  readonly failures: readonly StoredFailure[];
  readonly resolved_at: string | null;
  readonly resolution: string | null;
};

const KINDS: readonly StreamKind[] = ['kinesis', 'kafka', 'sqlite', 'backfill', 'iot-error'];

/** `sqlite/<id>/shardId-000000000000/17`: a message's origin, as `list` prints it and `show` takes it. */
export function formatOrigin({ stream, shard, record }: Place): string {
  return `${streamText(stream)}/${shard}/${record.position}`;
}

/** @throws UsageError */
export function parseOrigin(text: string): Place {
  const [, kind, id, shard, position] = /^([^/]+)\/(.+)\/([^/]+)\/0*(\d+)$/.exec(text) ?? [];
  const known = KINDS.find((each) => each === kind);
  if (known === undefined || id === undefined || shard === undefined || position === undefined) {
    throw new UsageError(
      `${JSON.stringify(text)} is no origin: give <stream kind>/<stream>/<shard>/<position>, as quarantine list prints it`,
    );
  }
  return {
    stream: { kind: known, id },
    shard,
    record: { key: '', payload: new Uint8Array(), position, arrivedAt: 0 },
  };
}

export function listForMachines({ messages, open, groups, latest }: QuarantineList) {
  return {
    messages,
    open,
    groups: groups.map((group) => ({ ...group, first: isoTime(group.first), last: isoTime(group.last) })),
    latest: latest.map(rowForMachines),
  };
}

export function messageForMachines(row: QuarantineRow) {
  return { ...rowForMachines(row), payload: payloadForMachines(row.place.record.payload) };
}

/** Bytes as base64, and as text where they are UTF-8. */
export function payloadForMachines(payload: Uint8Array): {
  readonly base64: string;
  readonly text: string | null;
} {
  return { base64: Buffer.from(payload).toString('base64'), text: textOf(payload) ?? null };
}

function rowForMachines({
  place,
  failures,
  reason,
  detail,
  resolvedAt,
  resolution,
}: QuarantineRow): QuarantinedJson {
  return {
    origin: formatOrigin(place),
    topic: place.record.key,
    arrived: isoTime(place.record.arrivedAt),
    reason,
    detail,
    failures,
    resolved_at: resolvedAt === undefined ? null : isoTime(resolvedAt),
    resolution: resolution ?? null,
  };
}

export function textOf(payload: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload);
  } catch {
    // said as base64
    return undefined;
  }
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
