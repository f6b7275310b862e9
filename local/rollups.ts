import { TributaryError } from '../src/errors.ts';
import { selectRollups } from '../src/fleet/index.ts';
import type { Fleet } from '../src/fleet/model.ts';
import type { JoinReport } from '../src/rollup/join-pieces.ts';
import type { PlannedPieces } from '../src/rollup/plan-pieces.ts';
import type { RollupName, RollupReport } from '../src/rollup/report.ts';

/** Plans that are made anew where the last one no longer holds. */
const MAX_PLANS = 3;

/**
 * Rollups and models as a step of the schedule: in the cloud a state machine takes the same steps (`lib/schedule-stack.ts`).
 * Each rollup is an invocation of its own, and one that is too large for that as many as it has pieces. One that fails does not
 * keep the others from running.
 */
export function createRollups(options: {
  readonly fleets: readonly Fleet[];
  /** the function `rollup` */
  readonly invoke: (event: object) => Promise<unknown>;
}): { run(): Promise<unknown> } {
  const { invoke } = options;
  const names = selectRollups(options.fleets).map(({ rollup }): RollupName => ({
    fleet: rollup.fleet,
    rollup: rollup.name,
  }));
  const models = options.fleets.some((fleet) => Object.keys(fleet.models).length > 0);

  async function runOne(name: RollupName): Promise<RollupReport> {
    const { reports, large } = (await invoke(name)) as {
      readonly reports: readonly RollupReport[];
      readonly large: readonly RollupName[];
    };
    return large.length === 0 ? reports[0]! : runInPieces(name);
  }

  async function runInPieces(name: RollupName): Promise<RollupReport> {
    for (let plans = 1; ; plans++) {
      const { plan, pieces } = (await invoke({ ...name, step: 'plan' })) as PlannedPieces;
      for (let piece = 0; piece < pieces; piece++) await invoke({ ...name, step: 'piece', plan, piece });
      const report = (await invoke({ ...name, step: 'join', plan })) as JoinReport;
      if (report.kind !== 'stale') return report;
      if (plans === MAX_PLANS)
        throw new TributaryError(`rollup ${report.rollup}: its pieces could not be joined: ${report.why}`, {
          retriable: true,
        });
    }
  }

  return {
    async run() {
      const results: unknown[] = [];
      const faults: unknown[] = [];
      const work = [
        ...names.map((name) => () => runOne(name)),
        // each after those that it reads, across fleets
        ...(models ? [() => invoke({ only: 'models' })] : []),
      ];
      for (const run of work) {
        try {
          results.push(await run());
        } catch (error) {
          faults.push(error);
        }
      }
      if (faults.length > 0) throw new AggregateError(faults, faults.map(String).join('; '));
      return results;
    },
  };
}
