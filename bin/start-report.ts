import type { SimulationSummary } from '../device-sim/run.ts';
import type { Tally } from '../device-sim/tally.ts';
import type { Runtime, RuntimeStatus } from '../local/runtime.ts';
import type { Verification } from '../local/verify.ts';
import type { Fleet } from '../src/fleet/model.ts';
import { lakePaths } from '../src/fleet/index.ts';
import { printResult } from './output.ts';
import { describeTables, type TableLine } from './describe-tables.ts';

/** What a run of `start` leaves behind. Without a check (an unbounded run) `lost` and what goes with it are absent. */
export type StartSummary = {
  readonly acknowledged: number | undefined;
  readonly attempts: number | undefined;
  readonly records: number;
  readonly rows: number;
  readonly quarantined: number;
  readonly lost: number | undefined;
  readonly doubled: number | undefined;
  readonly pending: number | undefined;
  readonly seconds: number;
  readonly tables: readonly TableLine[];
};
