/** One step of the schedule: what it resolves with stands in the run's record. */
export type Step = {
  readonly name: string;
  readonly run: () => Promise<unknown>;
  /** a run that comes sooner after the step last succeeded leaves it out; every run takes it by default */
  readonly everyMs?: number;
};

export type StepOutcome =
  | {
      readonly kind: 'succeeded';
      readonly step: string;
      readonly result: unknown;
      readonly milliseconds: number;
    }
  | {
      readonly kind: 'failed';
      readonly step: string;
      readonly error: unknown;
      readonly milliseconds: number;
    };

export type ScheduleStatus = {
  readonly running: boolean;
  readonly runs: number;
  /** what each step of the last whole run came to */
  readonly last: readonly StepOutcome[];
};

export type Schedule = {
  /**
   * Runs all steps now. What runs already may have missed what the caller did before: then they run once more after it.
   * Resolves with what each step came to; a failed step is a value here.
   */
  runNow(): Promise<readonly StepOutcome[]>;
  /** Waits for the step under way and starts no other. */
  stop(): Promise<void>;
  status(): ScheduleStatus;
};

/**
 * Runs the steps one after another, again `everyMs` after the last run ended: runs never overlap. A step that fails does
 * not keep the next from running, and is tried again with the next run.
 */
export function startSchedule(options: {
  readonly steps: readonly Step[];
  readonly everyMs: number;
  readonly report: (outcome: StepOutcome) => void;
}): Schedule {
  let current: Promise<readonly StepOutcome[]> | undefined;
  let following: Promise<readonly StepOutcome[]> | undefined;
  let last: readonly StepOutcome[] = [];
  let runs = 0;
  let stopped = false;
  const succeeded = new Map<Step, number>();
  let timer = setTimeout(onTimer, options.everyMs);

  function onTimer(): void {
    void start();
  }

  function start(): Promise<readonly StepOutcome[]> {
    clearTimeout(timer);
    current = runSteps().finally(() => {
      current = undefined;
      clearTimeout(timer);
      if (!stopped) timer = setTimeout(onTimer, options.everyMs);
    });
    return current;
  }

  async function runSteps(): Promise<readonly StepOutcome[]> {
    const outcomes: StepOutcome[] = [];
    for (const step of options.steps) {
      if (stopped) return outcomes;
      const { everyMs = 0 } = step;
      if (performance.now() - (succeeded.get(step) ?? Number.NEGATIVE_INFINITY) < everyMs) continue;
      const outcome = await runStep(step);
      if (outcome.kind === 'succeeded') succeeded.set(step, performance.now());
      outcomes.push(outcome);
      options.report(outcome);
    }
    runs++;
    last = outcomes;
    return outcomes;
  }

  return {
    runNow() {
      if (current === undefined) return start();
      following ??= current.then(() => {
        following = undefined;
        return start();
      });
      return following;
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await (following ?? current);
      clearTimeout(timer);
    },
    status: () => ({ running: current !== undefined, runs, last }),
  };
}

async function runStep({ name, run }: Step): Promise<StepOutcome> {
  const started = performance.now();
  try {
    const result = await run();
    return { kind: 'succeeded', step: name, result, milliseconds: performance.now() - started };
  } catch (error) {
    return { kind: 'failed', step: name, error, milliseconds: performance.now() - started };
  }
}
