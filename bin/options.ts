import { type Command, InvalidArgumentError } from 'commander';
import { resolve } from 'node:path';
import { type FaultRates, parseFaults } from '../device-sim/faults.ts';
import { UsageError } from '../src/errors.ts';

/** What every command takes. */
export type CommonOptions = { readonly json?: true; readonly dataDir: string; readonly fleets?: string };

export function addCommonOptions(command: Command): Command {
  return command
    .option('--json', 'print one JSON value for machines')
    .option(
      '--data-dir <folder>',
      'where the lake, the stream and the ledger live',
      (text) => resolve(text),
      resolve('.tributary'),
    )
    .option(
      '--fleets <path>',
      'a module or folder of fleet definitions instead of those used last, or the shipped ones',
    );
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `20s`, `1.5m`, `500ms`: milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('give a number with ms, s, m, h or d, as in 30s.');
  return Number(match[1]) * UNITS[match[2]!]!;
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('give a port from 0 (any free one) to 65535.');
  return port;
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count) || count === 0) {
    throw new InvalidArgumentError('give a whole number above 0.');
  }
  return count;
}

export function parseSeed(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('give a whole number of up to 15 digits.');
  return Number(text);
}

/** An ISO time, or a day: milliseconds, UTC. */
export function parseTime(text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}(T.+(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time))
    throw new InvalidArgumentError(
      'give a day or a time with its offset, as in 2026-01-31 or 2026-01-31T12:00Z.',
    );
  return time;
}

export function parseRate(text: string): number {
  const rate = Number(text);
  if (!(rate > 0) || !Number.isFinite(rate))
    throw new InvalidArgumentError('give messages per second, above 0.');
  return rate;
}

/** For options that may be given several times. */
export function collect(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}

/** `all`, or kinds with their share: `poison=0.05,late`. */
export function parseFaultRates(text: string): FaultRates {
  try {
    return parseFaults(text);
  } catch (error) {
    if (error instanceof UsageError) throw new InvalidArgumentError(`${error.message}.`);
    throw error;
  }
}
