import type { Clock, Random } from '../src/clock.ts';
import type { Table } from '../src/fleet/model.ts';
import { chance, pick, wholeNumber } from '../src/fleet/signals.ts';
import type { BreakOff, DeviceMessage } from './device.ts';
import { type FaultKind, type FaultRates } from './faults.ts';
import { digestPayload, type Ledger } from './ledger.ts';
import { poisonPayload } from './poison.ts';
import type { Publisher } from './publisher.ts';
import { joinReadings, takesSeveral } from './readings.ts';
import type { Tally } from './tally.ts';

export type OutboxDeps = {
  readonly publisher: Publisher;
  readonly ledger: Ledger;
  readonly tally: Tally;
  readonly clock: Clock;
  /** of a device, for what befalls its messages: their content does not depend on it */
  readonly randomOf: (deviceId: string) => Random;
};

export type OutboxSettings = {
  readonly faults: FaultRates;
  /** readings a message, where the table takes several */
  readonly batch: number;
  /** what stands before the topics of a table, for Basic Ingest */
  readonly prefixOf: (table: Table) => string;
};

/** Between what devices measure and what is sent: several readings in one message, and the faults that were asked for. */
export type Outbox = {
  /** @param befallen what is wrong with the reading already */
  send(deviceId: string, table: Table, message: DeviceMessage, befallen?: readonly FaultKind[]): void;
  /** Sends what is held back or waits for company. */
  flush(): void;
};

/** What brokers take at most, IoT Core among them; a reading that is larger alone is refused as ever. */
const MAXIMUM_BYTES = 128 * 1024;
/** How many of a device's messages overtake one that is held back, at most. */
const OVERTAKING = 12;
const BREAK_OFFS: readonly BreakOff[] = ['mid-publish', 'unacknowledged'];

type Part = { readonly message: DeviceMessage; readonly befallen: ReadonlySet<FaultKind> };
type Held = Part & { overtakenBy: number };
type Shelf = {
  readonly random: Random;
  readonly waiting: Map<string, { readonly table: Table; readonly parts: readonly Part[] }>;
  held: Held[];
};

export function createOutbox(settings: OutboxSettings, deps: OutboxDeps): Outbox {
  const { faults, batch, prefixOf } = settings;
  const { publisher, ledger, tally, clock } = deps;
  const isPlain = Object.keys(faults).length === 0;
  const shelves = new Map<string, Shelf>();

  function shelfOf(deviceId: string): Shelf {
    let shelf = shelves.get(deviceId);
    if (shelf === undefined) {
      shelf = { random: deps.randomOf(deviceId), waiting: new Map(), held: [] };
      shelves.set(deviceId, shelf);
    }
    return shelf;
  }

  /** Puts a reading to those of its topic; a whole message comes back once there are enough. */
  function gather(shelf: Shelf, table: Table, part: Part): Part | undefined {
    const { topic } = part.message;
    const waiting = shelf.waiting.get(topic) ?? { table, parts: [] };
    const isFull = sizeOf([...waiting.parts, part]) > MAXIMUM_BYTES;
    const parts = isFull ? [part] : [...waiting.parts, part];
    if (!isFull && parts.length === batch) shelf.waiting.delete(topic);
    else shelf.waiting.set(topic, { table, parts });
    if (isFull) return joinParts(waiting.parts);
    return parts.length === batch ? joinParts(parts) : undefined;
  }

  function dispatch(deviceId: string, shelf: Shelf, table: Table, part: Part): void {
    if (isPlain) {
      publisher.send(deviceId, part.message);
      return;
    }
    const { random } = shelf;
    const befalls = (kind: FaultKind) => faults[kind] !== undefined && chance(random, faults[kind]);
    const befallen = new Set(part.befallen);
    let { message } = part;
    if (befalls('poison')) {
      befallen.add('poison');
      message = { ...message, payload: poisonPayload(table, message.payload, random) };
    }
    if (befalls('disconnects')) {
      befallen.add('disconnects');
      message = { ...message, breakOff: pick(random, BREAK_OFFS) };
    }
    const overtakenBy = () => wholeNumber(random, 1, OVERTAKING);
    if (befalls('disorder')) {
      befallen.add('disorder');
      shelf.held.push({ message, befallen, overtakenBy: overtakenBy() });
    } else {
      emit(deviceId, { message, befallen });
    }
    if (befalls('doubled')) {
      const { breakOff: _, ...again } = message;
      const copy = { message: again, befallen: new Set(befallen).add('doubled') };
      copy.befallen.delete('disconnects');
      copy.befallen.delete('disorder');
      if (chance(random, 0.5)) emit(deviceId, copy);
      else shelf.held.push({ ...copy, overtakenBy: overtakenBy() });
    }
  }

  function emit(deviceId: string, { message, befallen }: Part): void {
    if (befallen.size > 0) {
      const digest = digestPayload(message.payload);
      for (const kind of befallen) {
        ledger.inject(kind, message.topic, digest, clock());
        tally.faults[kind]++;
      }
    }
    publisher.send(deviceId, message);
  }

  /** Lets out what enough messages have overtaken. */
  function release(deviceId: string, shelf: Shelf): void {
    if (shelf.held.length === 0) return;
    const due = shelf.held.filter((held) => --held.overtakenBy < 0);
    if (due.length === 0) return;
    shelf.held = shelf.held.filter(({ overtakenBy }) => overtakenBy >= 0);
    for (const part of due) emit(deviceId, part);
  }

  return {
    send(deviceId, table, { topic, payload }, befallen = []) {
      const prefix = prefixOf(table);
      // Basic Ingest goes past the broker, and what comes late must not stand for what is
      const retain = table.retained && prefix === '' && !befallen.includes('late');
      const message = { topic: `${prefix}${topic}`, payload, retain };
      if (isPlain && batch === 1) {
        publisher.send(deviceId, message);
        return;
      }
      const shelf = shelfOf(deviceId);
      const part = { message, befallen: new Set(befallen) };
      const whole = batch > 1 && takesSeveral(table) ? gather(shelf, table, part) : part;
      if (whole === undefined) return;
      dispatch(deviceId, shelf, table, whole);
      release(deviceId, shelf);
    },
    flush() {
      for (const [deviceId, shelf] of shelves) {
        for (const { table, parts } of shelf.waiting.values())
          dispatch(deviceId, shelf, table, joinParts(parts));
        shelf.waiting.clear();
        for (const part of shelf.held) emit(deviceId, part);
        shelf.held = [];
      }
    },
  };
}

function joinParts(parts: readonly Part[]): Part {
  const [{ message, befallen }] = parts as [Part];
  if (parts.length === 1) return { message, befallen };
  return {
    message: {
      topic: message.topic,
      payload: joinReadings(parts.map((part) => part.message.payload)),
      retain: parts.every((part) => part.message.retain === true),
    },
    befallen: new Set(parts.flatMap((part) => Array.from(part.befallen))),
  };
}

/** In bytes, with brackets and commas. */
function sizeOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { message }) => sum + message.payload.length + 1, 1);
}
