/**
 * Wakes one waiting loop. A ring that nobody waits for is kept, so that what happens between looking and waiting is not
 * missed.
 */
export type Bell = {
  ring(): void;
  /** Resolves at the next ring, or after so many milliseconds. */
  wait(milliseconds?: number): Promise<void>;
};

export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      if (wake === undefined) rung = true;
      else wake();
    },
    wait(milliseconds) {
      if (rung) {
        rung = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const timer = milliseconds === undefined ? undefined : setTimeout(() => wake?.(), milliseconds);
        wake = () => {
          clearTimeout(timer);
          wake = undefined;
          resolve();
        };
      });
    },
  };
}
