import type { QuarantineList } from '../src/ingest/list-quarantine.ts';
import { type Place, streamText } from '../src/ingest/places.ts';
import type { QuarantineRow } from '../src/ingest/quarantine-rows.ts';
import { UsageError } from '../src/errors.ts';
import type { StreamKind } from '../src/streams/stream.ts';
import { formatTable } from './output.ts';

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

export function listForPeople({ messages, open, groups, latest }: QuarantineList): string[] {
  if (messages === 0) return ['nothing is in the quarantine'];
  return [
    `${messages} messages, ${open} of them open`,
    '',
    ...formatTable(
      ['reason', 'table', 'state', 'failures', 'messages', 'first', 'last'],
      groups.map((group) => [
        group.reason,
        group.table ?? '',
        group.state,
        String(group.failures),
        String(group.messages),
        isoTime(group.first),
        isoTime(group.last),
      ]),
    ),
    '',
    ...formatTable(
      ['arrived', 'state', 'topic', 'detail', 'origin'],
      latest.map((row) => [
        isoTime(row.place.record.arrivedAt),
        row.resolution ?? 'open',
        row.place.record.key,
        `${row.reason}: ${row.detail}`.slice(0, 80),
        formatOrigin(row.place),
      ]),
    ),
  ];
}

export function messageForMachines(row: QuarantineRow) {
  const { payload } = row.place.record;
  return {
    ...rowForMachines(row),
    payload: { base64: Buffer.from(payload).toString('base64'), text: textOf(payload) ?? null },
  };
}

export function messageForPeople(row: QuarantineRow): string[] {
  const { key, payload, arrivedAt } = row.place.record;
  const text = textOf(payload);
  const state =
    row.resolvedAt === undefined ? 'open' : `${row.resolution ?? 'resolved'} at ${isoTime(row.resolvedAt)}`;
  const pretty = text === undefined ? undefined : prettyJson(text);
  return [
    `origin   ${formatOrigin(row.place)}`,
    `topic    ${key}`,
    `arrived  ${isoTime(arrivedAt)}`,
    `state    ${state}`,
    '',
    ...formatTable(
      ['table', 'reading', 'reason', 'column', 'detail', 'state'],
      row.failures.map(({ table, index, reason, column, detail, resolution }) => [
        table ?? '',
        index < 0 ? 'all' : String(index),
        reason,
        column ?? '',
        detail,
        resolution ?? 'open',
      ]),
    ),
    '',
    `payload, ${payload.length} bytes${text === undefined ? ' in base64, for they are no UTF-8' : ''}:`,
    text ?? Buffer.from(payload).toString('base64'),
    ...(pretty === undefined ? [] : ['', 'the same, laid out:', pretty]),
    '',
  ];
}

function rowForMachines({ place, failures, reason, detail, resolvedAt, resolution }: QuarantineRow) {
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

function textOf(payload: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload);
  } catch {
    // said as base64
    return undefined;
  }
}

function prettyJson(text: string): string | undefined {
  try {
    const pretty = JSON.stringify(JSON.parse(text), undefined, 2);
    return pretty === text ? undefined : pretty;
  } catch {
    // no JSON: that is why it is here
    return undefined;
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
