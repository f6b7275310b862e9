import { ORIGIN } from '../columns/reserved.ts';
import type { Message } from '../decode/message.ts';
import type { ColumnRange } from '../delta/prune.ts';
import { comparePositions, padPosition } from '../streams/position.ts';
import type { ShardRun, StreamIdentity, StreamKind, StreamRecord } from '../streams/stream.ts';

/** A message outside of any batch, and where it stood: its origin but for the reading's number. */
export type Place = {
  readonly stream: StreamIdentity;
  readonly shard: string;
  readonly record: StreamRecord;
};

/** Kinds whose arrival times are the stream's own: what comes from a file or an object arrives anew with its copy. */
const KEEPS_ARRIVAL: Readonly<Record<StreamKind, boolean>> = {
  kinesis: true,
  kafka: true,
  sqlite: true,
  backfill: false,
  'iot-error': false,
};

/** What stands in `_stream`. */
export function streamText({ kind, id }: StreamIdentity): string {
  return `${kind}/${id}`;
}

export function parseStreamText(text: string): StreamIdentity {
  const slash = text.indexOf('/');
  return { kind: text.slice(0, slash) as StreamKind, id: text.slice(slash + 1) };
}

export function originOf({ stream, shard, record }: Place): Message['origin'] {
  return { stream: streamText(stream), shard, position: padPosition(stream.kind, record.position) };
}

/** One comparable text for a place. `position`: as `_position` holds it. */
export function originKey({ stream, shard, position }: Message['origin']): string {
  return `${stream} ${shard} ${position}`;
}

export function placeKey(place: Place): string {
  return originKey(originOf(place));
}

/** The places as a batch: one run a shard, in order. */
export function gatherRuns(places: readonly Place[]): ShardRun[] {
  const runs = new Map<string, { readonly first: Place; readonly records: StreamRecord[] }>();
  for (const place of places) {
    const key = `${streamText(place.stream)} ${place.shard}`;
    const run = runs.get(key) ?? { first: place, records: [] };
    runs.set(key, run);
    run.records.push(place.record);
  }
  return Array.from(runs.values(), ({ first, records }) => ({
    stream: first.stream,
    shard: first.shard,
    records: records.sort((a, b) => comparePositions(a.position, b.position)),
  }));
}

/**
 * Bounds within which every row of these places lies, in whatever file and partition: a row keeps its origin and arrival,
 * while its event time is a matter of the definition. At least one place.
 *
 * @param byArrival false where only the origin is known
 */
export function rangesOf(places: readonly Place[], { byArrival = true } = {}): ColumnRange[] {
  const origins = places.map(originOf);
  const arrivals = places.map(({ record }) => record.arrivedAt);
  const texts = (column: string, values: readonly string[]): ColumnRange => ({
    column,
    min: values.reduce((least, value) => (value < least ? value : least)),
    max: values.reduce((most, value) => (value > most ? value : most)),
  });
  return [
    texts(
      ORIGIN.stream,
      origins.map(({ stream }) => stream),
    ),
    texts(
      ORIGIN.shard,
      origins.map(({ shard }) => shard),
    ),
    texts(
      ORIGIN.position,
      origins.map(({ position }) => position),
    ),
    ...(byArrival && places.every(({ stream }) => KEEPS_ARRIVAL[stream.kind])
      ? [
          {
            column: ORIGIN.arrivedAt,
            min: arrivals.reduce((least, at) => Math.min(least, at)),
            max: arrivals.reduce((most, at) => Math.max(most, at)),
          },
        ]
      : []),
  ];
}
