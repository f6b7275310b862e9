import { createHash } from 'node:crypto';

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

/** IoT Core's bound on the name of a provisioning template. */
const LONGEST_TEMPLATE_NAME = 36;

/** The provisioning template of a fleet. */
export function templateName(stage: Named, fleet: string): string {
  return boundedName(stageName(stage, fleet), LONGEST_TEMPLATE_NAME);
}

/** A name that would be too long keeps its beginning and gets a digest. */
export function boundedName(name: string, longest: number): string {
  if (name.length <= longest) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, longest - 9)}-${digest}`;
}
