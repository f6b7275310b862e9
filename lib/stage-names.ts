/** The stages that there are. Nothing of the CDK is needed to say their names: the command line does so too. */
export const STAGE_NAMES = ['dev', 'prod'] as const;
export type StageName = (typeof STAGE_NAMES)[number];

/** Anything that has a stage's name. */
type Named = { readonly name: StageName };

/** The name of a thing that has to be known outside its stack, or has to read well in the console. */
export function stageName(stage: Named, ...parts: readonly string[]): string {
  return ['tributary', stage.name, ...parts].join('-');
}

/** The same for what allows no hyphen: IoT rules, databases. */
export function stageIdentifier(stage: Named, ...parts: readonly string[]): string {
  return ['tributary', stage.name, ...parts].join('_');
}
