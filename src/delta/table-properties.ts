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
