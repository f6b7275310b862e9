import type { Random } from '../src/clock.ts';
import type { Column, JsonPath, Table } from '../src/fleet/model.ts';
import { pick, wholeNumber } from '../src/fleet/signals.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * A payload that the table cannot take, made from one that it takes: cut off, or not text at all; or, where the definition
 * leaves no doubt that it will be refused, with a field missing, of a wrong type or out of its range. Of several readings one
 * is spoilt, and the message has to be kept whole all the same.
 */
export function poisonPayload(table: Table, payload: Uint8Array, random: Random): Uint8Array {
  const value = parseObjects(payload);
  // of what is no JSON from the start, or more than one value, a part may still be a reading
  const ways = value === undefined ? [garble] : [garble, cutOff];
  const columns = table.columns.flatMap((column) => {
    const path = topLevelPath(column);
    return path === undefined ? [] : [{ column, path }];
  });
  if (value !== undefined && table.readings.kind === 'auto' && columns.length > 0) {
    const spoil = (reading: Json) => {
      const { column, path } = pick(random, columns);
      return { ...reading, [path]: spoilValue(column, random) };
    };
    ways.push(() => encode(spoilOne(value, spoil, random)));
    ways.push(() => encode(spoilOne(value, spoil, random)));
  }
  return pick(random, ways)(payload, random);
}

/** At half the way through, as when a device runs out of memory: its first bracket stays open. */
function cutOff(payload: Uint8Array): Uint8Array {
  return payload.slice(0, Math.max(1, payload.length >> 1));
}

/** Bytes that are no UTF-8. */
function garble(payload: Uint8Array, random: Random): Uint8Array {
  const garbled = Uint8Array.from({ length: Math.max(4, payload.length) }, () => wholeNumber(random, 0, 255));
  garbled[wholeNumber(random, 0, garbled.length - 1)] = 0xff;
  return garbled;
}

/** The field of the reading that alone gives the column: what is written there cannot be made good elsewhere. */
function topLevelPath({ source, json, type }: Column): string | undefined {
  if (source.kind !== 'reading' || source.paths.length !== 1 || json || type === 'string') return undefined;
  const path: JsonPath = source.paths[0]!;
  return path.length === 1 && typeof path[0] === 'string' ? path[0] : undefined;
}

/** `undefined` goes missing in JSON. An object is none of the types that a column can have but JSON. */
function spoilValue(column: Column, random: Random): unknown {
  const ways: unknown[] = [{ error: 'sensor' }];
  if (!column.optional) ways.push(undefined);
  const { min, max } = column;
  if (max !== undefined) ways.push(max + 1 + Math.abs(max));
  if (min !== undefined) ways.push(min - 1 - Math.abs(min));
  return pick(random, ways);
}

function spoilOne(value: Json | readonly Json[], spoil: (reading: Json) => Json, random: Random): unknown {
  if (!isList(value)) return spoil(value);
  const victim = wholeNumber(random, 0, value.length - 1);
  return value.map((reading, i) => (i === victim ? spoil(reading) : reading));
}

/** A JSON object or an array of them. */
function parseObjects(payload: Uint8Array): Json | readonly Json[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(payload).toString());
  } catch {
    return undefined;
  }
  const isObject = (each: unknown) => typeof each === 'object' && each !== null && !Array.isArray(each);
  if (isObject(value)) return value as Json;
  return Array.isArray(value) && value.length > 0 && value.every(isObject) ? (value as Json[]) : undefined;
}

function isList(value: Json | readonly Json[]): value is readonly Json[] {
  return Array.isArray(value);
}

function encode(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
