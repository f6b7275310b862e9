import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Clock } from '../src/clock.ts';

/** As much of an S3 event as the function looks at. */
type ObjectEvent = {
  readonly Records: readonly { readonly s3: { readonly object: { readonly key: string } } }[];
};

export type RecoveryEvent = {
  readonly kind: 'recovery-failed';
  readonly file: string;
  readonly attempts: number;
  readonly error: unknown;
};

/** What one look at the folder came to: files brought back, and files that wait for their next attempt. */
export type RecoveryRound = { readonly recovered: number; readonly waiting: number };

export type Recovery = {
  /** Tries what is due. A file that fails is a report and tried again later, each time after twice as long. */
  run(): Promise<RecoveryRound>;
  /** The next `run` waits for nothing. */
  hurry(): void;
};

const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 60 * 60_000;

/**
 * Brings back what the event source gave up on, a file at a time: the laptop's place for S3's notifications of the
 * on-failure destination.
 */
export function createRecovery(deps: {
  readonly folder: string;
  /** invokes the function `recover`; rejects where the file stays */
  readonly invoke: (event: ObjectEvent) => Promise<unknown>;
  readonly clock: Clock;
  readonly report: (event: RecoveryEvent) => void;
}): Recovery {
  const waits = new Map<string, { readonly attempts: number; readonly until: number }>();

  async function attempt(file: string): Promise<boolean> {
    const key = `${basename(deps.folder)}/${file}`;
    try {
      await deps.invoke({ Records: [{ s3: { object: { key: encodeURIComponent(key) } } }] });
      waits.delete(file);
      return true;
    } catch (error) {
      const attempts = (waits.get(file)?.attempts ?? 0) + 1;
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1));
      waits.set(file, { attempts, until: deps.clock() + wait });
      deps.report({ kind: 'recovery-failed', file, attempts, error });
      return false;
    }
  }

  return {
    async run() {
      const files = (await readdir(deps.folder)).filter((name) => name.endsWith('.json')).sort();
      const round = { recovered: 0, waiting: 0 };
      for (const file of files) {
        const isDue = deps.clock() >= (waits.get(file)?.until ?? 0);
        if (isDue && (await attempt(file))) round.recovered++;
        else round.waiting++;
      }
      return round;
    },
    hurry() {
      for (const [file, { attempts }] of waits) waits.set(file, { attempts, until: 0 });
    },
  };
}
