import { formatOrigin, isoTime, textOf } from '../local/quarantine-json.ts';
import type { QuarantineList } from '../src/ingest/list-quarantine.ts';
import type { QuarantineRow } from '../src/ingest/quarantine-rows.ts';
import { formatTable } from './output.ts';

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

function prettyJson(text: string): string | undefined {
  try {
    const pretty = JSON.stringify(JSON.parse(text), undefined, 2);
    return pretty === text ? undefined : pretty;
  } catch {
    // no JSON: that is why it is here
    return undefined;
  }
}
