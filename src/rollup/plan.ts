import type { GoldProgress } from './gold-progress.ts';

/** What a run has to do. */
export type Plan =
  | { readonly kind: 'up-to-date' }
  /** read what changed in the source since the version that gold names */
  | { readonly kind: 'incremental'; readonly since: GoldProgress }
  | { readonly kind: 'full'; readonly why: string };

/** What decides it. `progress`: what gold says of its making from the source with this table id, if anything. */
export type Standing = {
  readonly progress: GoldProgress | undefined;
  /** whether gold was ever made from any source */
  readonly made: boolean;
  readonly sourceVersion: number;
  readonly recipe: number;
};

/** Design 5.8. The source was looked at after gold, so that it cannot lie behind gold but by having been put back. */
export function planRun({ progress, made, sourceVersion, recipe }: Standing): Plan {
  if (!made) return { kind: 'full', why: 'the rollup is new' };
  if (progress === undefined)
    return { kind: 'full', why: 'the source is another table than the one it was made from' };
  if (progress.recipe !== recipe) return { kind: 'full', why: 'its definition changed' };
  if (progress.sourceVersion > sourceVersion) {
    return {
      kind: 'full',
      why: `it was made from version ${progress.sourceVersion} of the source, which is at ${sourceVersion}`,
    };
  }
  return progress.sourceVersion === sourceVersion
    ? { kind: 'up-to-date' }
    : { kind: 'incremental', since: progress };
}
