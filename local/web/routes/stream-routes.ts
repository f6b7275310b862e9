import { Hono } from 'hono';
import { UsageError } from '../../../src/errors.ts';
import { createRouter, sqlName } from '../../../src/fleet/index.ts';
import type { Fleet } from '../../../src/fleet/model.ts';
import { payloadForMachines, textOf } from '../../quarantine-json.ts';
import { shardName } from '../../shard-map.ts';
import { moment, oneOf, takeQuery, wholeNumber } from '../input.ts';
import type { FoundMessage, MessageSearch } from '../message-search.ts';

/** A record of the stream as a list shows it. */
export type MessageLine = {
  readonly shard: number;
  readonly position: number;
  readonly arrivedAt: number;
  readonly topic: string;
  readonly bytes: number;
  /** its beginning as text; null where it is none */
  readonly preview: string | null;
  /** names in SQL of the tables that take its topic; none: it goes to the quarantine */
  readonly tables: readonly string[];
};

const PREVIEW_LETTERS = 160;

/** Messages on the stream, as long as they are kept. */
export function streamRoutes(deps: { readonly search: MessageSearch; readonly fleets: readonly Fleet[] }) {
  const router = createRouter(deps.fleets);
  const lineOf = ({ shard, position, arrivedAt, topic, payload }: FoundMessage): MessageLine => ({
    shard,
    position,
    arrivedAt,
    topic,
    bytes: payload.byteLength,
    preview: textOf(payload)?.slice(0, PREVIEW_LETTERS) ?? null,
    tables: router(topic).map(({ table }) => sqlName(table.fleet, table.name)),
  });
  return new Hono()
    .get(
      '/messages',
      takeQuery('shard', 'topic', 'text', 'from', 'to', 'order', 'cursor', 'limit'),
      async (context) => {
        const asked = context.req.valid('query');
        const { messages, cursor, scanned } = await deps.search.find({
          shard: wholeNumber(asked.shard, 'shard', { max: deps.search.shards - 1 }),
          topic: asked.topic,
          text: asked.text,
          from: moment(asked.from, 'from'),
          to: moment(asked.to, 'to'),
          order: oneOf(asked.order, 'order', ['newest', 'oldest']) ?? 'newest',
          cursor: parseCursor(asked.cursor),
          limit: wholeNumber(asked.limit, 'limit', { min: 1, max: 500 }) ?? 100,
        });
        return context.json({
          messages: messages.map(lineOf),
          cursor: cursor === undefined ? null : JSON.stringify(Array.from(cursor)),
          scanned,
        });
      },
    )
    .get('/messages/:shard/:position', (context) => {
      const shard = wholeNumber(context.req.param('shard'), 'shard', { max: deps.search.shards - 1 })!;
      const position = wholeNumber(context.req.param('position'), 'position', { min: 1 })!;
      const message = deps.search.read(shard, position);
      if (message === undefined)
        throw new UsageError(
          `${shardName(shard)} has no record ${position}: it was trimmed, or is not there yet`,
        );
      return context.json({ ...lineOf(message), payload: payloadForMachines(message.payload) });
    });
}

/** As an answer gave it: pairs of shard and position. */
function parseCursor(text: string | undefined): ReadonlyMap<number, number> | undefined {
  if (text === undefined) return undefined;
  try {
    const pairs = JSON.parse(text) as [number, number][];
    if (pairs.every((pair) => pair.length === 2 && pair.every((each) => Number.isSafeInteger(each)))) {
      return new Map(pairs);
    }
  } catch {
    // said below, as what it is
  }
  throw new UsageError(`cursor is ${JSON.stringify(text)}: give the cursor of an earlier answer`);
}
