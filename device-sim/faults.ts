import { UsageError } from '../src/errors.ts';

/** What goes wrong with devices and networks, to be injected on purpose. */
export const FAULT_KINDS = ['doubled', 'late', 'skew', 'disorder', 'poison', 'disconnects'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/**
 * How much of each: the share of messages that it befalls, of devices for `skew`. A kind that is not there is not injected.
 *
 * - `doubled`: a device sends a message twice, at once or a little later;
 * - `late`: it sends what it measured minutes to days ago;
 * - `skew`: its clock is off by seconds to minutes;
 * - `disorder`: a message is overtaken by those that follow;
 * - `poison`: a payload that cannot become a row;
 * - `disconnects`: the connection breaks off, in the middle of a message or while its acknowledgement is under way.
 */
export type FaultRates = Readonly<Partial<Record<FaultKind, number>>>;

export const DEFAULT_RATES: Required<FaultRates> = {
  doubled: 0.02,
  late: 0.02,
  skew: 0.2,
  disorder: 0.05,
  poison: 0.01,
  disconnects: 0.005,
};

/**
 * Reads `all`, `poison,late`, `all=0.1`, `all,poison=0.2`: kinds with their share, the default one where none is said. What
 * stands later counts.
 *
 * @throws UsageError for a kind that does not exist and a share that is none
 */
export function parseFaults(text: string): FaultRates {
  const rates: Partial<Record<FaultKind, number>> = {};
  for (const part of text.split(',')) {
    const [name = '', share, ...more] = part.trim().split('=');
    const kinds = name === 'all' ? FAULT_KINDS : FAULT_KINDS.filter((kind) => kind === name);
    if (kinds.length === 0) {
      throw new UsageError(
        `no fault ${JSON.stringify(name)}: there are all, ${FAULT_KINDS.join(', ')}, with =SHARE where the default does not do`,
      );
    }
    for (const kind of kinds)
      rates[kind] = share === undefined ? DEFAULT_RATES[kind] : parseShare(share, part);
    if (more.length > 0) throw badShare(part);
  }
  return rates;
}

function parseShare(text: string, part: string): number {
  const share = Number(text);
  if (text.trim() === '' || !(share >= 0 && share <= 1)) throw badShare(part);
  return share;
}

function badShare(part: string): UsageError {
  return new UsageError(`${JSON.stringify(part)}: a share is a number from 0 to 1, as in poison=0.05`);
}

/** How often each kind was injected: messages, each for itself. */
export type FaultCounts = Record<FaultKind, number>;

export function countFaults(): FaultCounts {
  return { doubled: 0, late: 0, skew: 0, disorder: 0, poison: 0, disconnects: 0 };
}
