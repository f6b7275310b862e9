import { Option } from 'commander';
import { STAGE_NAMES, type StageName, stageIdentifier, stageName } from '../lib/stage-names.ts';
import { UsageError } from '../src/errors.ts';
import type { CatalogEngine } from '../src/sql/sql-engine.ts';

/** Whether Athena is to be asked instead of DuckDB, and in which stage. */
export type AthenaChoice = { readonly athena?: true; readonly stage?: StageName };

export function athenaOption(): Option {
  return new Option('--athena', 'ask Athena over a deployed stage, in its workgroup');
}

export function stageOption(): Option {
  return new Option('--stage <name>', 'which stage, with --athena (dev where it is not said)').choices(
    STAGE_NAMES,
  );
}

/** The stage to ask; undefined: the lake on this machine. */
export function deployedStage({ athena, stage }: AthenaChoice): StageName | undefined {
  if (athena !== undefined) return stage ?? 'dev';
  if (stage === undefined) return undefined;
  throw new UsageError(`--stage ${stage} is for a deployed lake: pass --athena too`);
}

/** Athena over the stage, in the account and region that the environment names. `onRead`: as the engine has it. */
export async function openAthena(
  stage: StageName,
  onRead: (bytes: number) => void = () => undefined,
): Promise<CatalogEngine> {
  // the SDK is loaded where it is needed
  const { createAthenaEngine } = await import('../src/sql/athena.ts');
  const of = { name: stage };
  return createAthenaEngine({ workgroup: stageName(of), database: stageIdentifier(of), onRead });
}
