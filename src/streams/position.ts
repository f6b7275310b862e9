import { TributaryError } from '../errors.ts';
import type { StreamIdentity, StreamKind } from './stream.ts';

/**
 * Positions are whole decimal numbers that may not fit an int64: a Kinesis sequence number has 56 digits today. They are
 * kept as strings, compared as numbers, written to `_position` zero-padded to a fixed width, and kept in a table's `txn`
 * actions: an int64 as it is, a longer number as base-10^15 limbs, most significant first (`<key>#0`, `<key>#1`, …),
 * so that progress commits with the data (facts: "Exactly-once").
 */
const LIMB_DIGITS = 15;

/** Digits of `_position`, and how many `txn` limbs carry a position (0: one plain int64). */
const FORMS: Record<StreamKind, { readonly width: number; readonly limbs: number }> = {
  kinesis: { width: 56, limbs: 4 },
  kafka: { width: 19, limbs: 0 },
  sqlite: { width: 19, limbs: 0 },
  backfill: { width: 19, limbs: 0 },
  'iot-error': { width: 19, limbs: 0 },
};

/** One `txn` action's content. `version` stays below 2^53 for limbs; a plain int64 position is far below it in practice. */
export type TxnVersion = { readonly appId: string; readonly version: number };

/** Negative where `a` lies before `b`, 0 where they are equal. */
export function comparePositions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The text of `_position`: zero-padded so that text order is stream order. */
export function padPosition(kind: StreamKind, position: string): string {
  return position.padStart(FORMS[kind].width, '0');
}

/** The position that a `_position` text holds. */
export function unpadPosition(text: string): string {
  return text.replace(/^0+(?=\d)/, '');
}

/** The `appId` (without limb number) under which a table keeps the progress of a shard. */
export function progressKey(stream: StreamIdentity, shard: string): string {
  return `${stream.kind}/${stream.id}/${shard}`;
}

/** The `txn` actions that say "this table holds, or has knowingly passed, `position`". */
export function encodeProgress(stream: StreamIdentity, shard: string, position: string): TxnVersion[] {
  const key = progressKey(stream, shard);
  const { limbs } = FORMS[stream.kind];
  if (limbs === 0) {
    const version = Number(position);
    if (!Number.isSafeInteger(version)) {
      throw new TributaryError(`position ${position} of ${key} does not fit a txn version below 2^53`);
    }
    return [{ appId: key, version }];
  }
  if (position.length > limbs * LIMB_DIGITS) {
    throw new TributaryError(`position ${position} of ${key} has more than ${limbs * LIMB_DIGITS} digits`);
  }
  const digits = position.padStart(limbs * LIMB_DIGITS, '0');
  return Array.from({ length: limbs }, (_, i) => ({
    appId: `${key}#${i}`,
    version: Number(digits.slice(i * LIMB_DIGITS, (i + 1) * LIMB_DIGITS)),
  }));
}

/** The shard's progress in a table's `txn` versions, or undefined where the table holds nothing of the shard. */
export function decodeProgress(
  stream: StreamIdentity,
  shard: string,
  txns: ReadonlyMap<string, number>,
): string | undefined {
  const key = progressKey(stream, shard);
  const { limbs } = FORMS[stream.kind];
  if (limbs === 0) return txns.get(key)?.toString();
  const versions = Array.from({ length: limbs }, (_, i) => txns.get(`${key}#${i}`));
  if (versions.every((version) => version === undefined)) return undefined;
  if (versions.some((version) => version === undefined)) {
    throw new TributaryError(
      `progress of ${key} lacks a limb: the table's txn actions were written by something else`,
    );
  }
  return unpadPosition(versions.map((version) => String(version).padStart(LIMB_DIGITS, '0')).join(''));
}
