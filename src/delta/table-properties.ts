import type { Metadata } from './actions.ts';
import { DeltaError } from './errors.ts';

const MS: Readonly<Record<string, number>> = {
  millisecond: 1,
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};

/** Commits between two checkpoints (`delta.checkpointInterval`). */
export function checkpointInterval({ configuration }: Metadata): number {
  const text = configuration['delta.checkpointInterval'];
  if (text === undefined) return 10;
  const interval = Number(text);
  if (!Number.isSafeInteger(interval) || interval < 1) {
    throw new DeltaError(
      `delta.checkpointInterval is ${JSON.stringify(text)}: it takes a whole number from 1 on`,
    );
  }
  return interval;
}

/** How long removed files stay, and their tombstones in checkpoints (`delta.deletedFileRetentionDuration`), in ms. */
export function deletedFileRetention({ configuration }: Metadata): number {
  return parseInterval(configuration['delta.deletedFileRetentionDuration'] ?? 'interval 1 week');
}

/** How long commits stay that a checkpoint stands for (`delta.logRetentionDuration`), in ms. */
export function logRetention({ configuration }: Metadata): number {
  return parseInterval(configuration['delta.logRetentionDuration'] ?? 'interval 30 days');
}

/** Whether commits may be cleaned away at all (`delta.enableExpiredLogCleanup`). */
export function isLogCleaned({ configuration }: Metadata): boolean {
  return configuration['delta.enableExpiredLogCleanup'] !== 'false';
}

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Bytes that files should have (`delta.targetFileSize`): `134217728`, `128mb`; undefined where nothing is said. */
export function targetFileSize({ configuration }: Metadata): number | undefined {
  const text = configuration['delta.targetFileSize'];
  if (text === undefined) return undefined;
  const match = /^(\d+) ?(b|([kmg])b?)?$/i.exec(text.trim());
  const bytes = Number(match?.[1]) * UNITS[(match?.[3] ?? '').toLowerCase()]!;
  if (bytes > 0) return bytes;
  throw new DeltaError(`delta.targetFileSize is ${JSON.stringify(text)}: write it as "128mb"`);
}

/** A CalendarInterval as Spark writes it: `interval 1 week`, `interval 36 hours 30 minutes`. */
function parseInterval(text: string): number {
  const parts = /^(?:interval )?((?:\d+ [a-z]+ ?)+)$/i.exec(text.trim())?.[1]?.trim().split(' ') ?? [];
  let total = 0;
  for (let i = 0; i < parts.length; i += 2) {
    const unit = MS[parts[i + 1]!.toLowerCase().replace(/s$/, '')];
    if (unit === undefined) parts.length = 0;
    else total += Number(parts[i]) * unit;
  }
  if (parts.length === 0)
    throw new DeltaError(`${JSON.stringify(text)} is no interval: write one as "interval 7 days"`);
  return total;
}
