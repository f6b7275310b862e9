import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeltaDeps } from './deps.ts';

/** The real clock, randomness and waiting. */
export const realDeps: DeltaDeps = {
  clock: Date.now,
  random: Math.random,
  sleep: (ms) => sleep(ms),
  uuid: randomUUID,
};
