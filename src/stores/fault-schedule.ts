import type { Random } from '../clock.ts';
import type { Complaint, Fault, FaultSchedule } from './faulty-store.ts';

const COMPLAINTS: readonly Complaint[] = ['unavailable', 'slow-down', 'timeout', 'conflict'];

/** A scheduled delay stays below this: long enough for others to overtake. */
const DELAY_MS = 20;

/**
 * Faults of every kind by chance: the same calls in the same order with the same `random` meet the same ones.
 *
 * @param rate how many of the calls meet one, 0 to 1
 */
export function scheduleFaults(random: Random, rate: number): FaultSchedule {
  return ({ method }) => {
    // drawn for every call, met or not: so a change of the rate does not shift what follows
    const [met, kind, detail] = [random(), random(), random()];
    return met < rate ? chooseFault(method === 'putIfAbsent' ? kind : kind * 0.75, detail) : undefined;
  };
}

function chooseFault(kind: number, detail: number): Fault {
  const complaint = COMPLAINTS[Math.floor(detail * COMPLAINTS.length)] ?? 'unavailable';
  if (kind < 0.25) return { kind: 'refused', complaint };
  if (kind < 0.5) return { kind: 'answer-lost', complaint };
  if (kind < 0.75) return { kind: 'delayed', milliseconds: detail * DELAY_MS };
  return { kind: 'taken-for-rival' };
}
