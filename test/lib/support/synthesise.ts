import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { type Cloud, createCloud } from '../../../lib/cloud.ts';
import type { StreamKind } from '../../../lib/constructs/readings.ts';
import { STAGES } from '../../../lib/stage.ts';
import type { StageName } from '../../../lib/stage-names.ts';
import type { Fleet } from '../../../src/fleet/model.ts';
import { currentView } from '../../../src/fleet/index.ts';
import { presses, wells } from './fleets.ts';

export type Resource = {
  readonly Type: string;
  // a template is somebody else's JSON: tests take it apart as they find it
  readonly Properties: Readonly<Record<string, any>>;
  readonly DeletionPolicy?: string;
};
export type Template = {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Export?: { readonly Name: string } }>>;
};
export type Concern = keyof Cloud;

/** The stacks that there are. */
export function stacksOf(cloud: Cloud): readonly [Concern, Stack][] {
  return (Object.entries(cloud) as [Concern, Stack | undefined][]).flatMap(([concern, stack]) =>
    stack === undefined ? [] : [[concern, stack]],
  );
}

export type Synthesis = {
  readonly app: App;
  readonly cloud: Cloud;
  readonly templates: Readonly<Record<Concern, Template>>;
  readonly outdir: string;
};

export const QUICKSIGHT_PRINCIPAL = 'arn:aws:quicksight:eu-central-1:123456789012:group/default/operators';

export type SynthesisOptions = {
  readonly stage?: StageName;
  readonly fleets?: readonly Fleet[];
  readonly streamKind?: StreamKind;
  /** undefined: the stream is on demand */
  readonly shards?: number;
  /** accounts that may read the lake */
  readonly readers?: readonly string[];
  /** changes the stacks before they are synthesised */
  readonly plant?: (cloud: Cloud) => void;
};

/** The context of cdk.json, which carries the feature flags, the checks among them. */
export function cdkContext(): Record<string, unknown> {
  const text = readFileSync(new URL('../../../cdk.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { context: Record<string, unknown> }).context;
}

/** The whole app, in process, all checks on; the functions are not bundled (test/conformance does that). */
export function synthesise({
  stage = 'dev',
  fleets = [wells, presses],
  streamKind = 'kinesis',
  shards,
  readers = [],
  plant,
}: SynthesisOptions = {}): Synthesis {
  const outdir = mkdtempSync(join(tmpdir(), 'tributary-synth-'));
  const app = new App({ outdir, context: { ...cdkContext(), stage, 'aws:cdk:bundling-stacks': [] } });
  const cloud = createCloud(app, {
    stage: STAGES[stage],
    fleets,
    currentView,
    streamKind,
    shards,
    readers,
    iotLogging: stage === 'prod',
    // so that every test of all templates sees all stacks, and the stage without them too
    ...(stage === 'prod' && { quicksightPrincipal: QUICKSIGHT_PRINCIPAL, grafana: true }),
    build: { fleetsModule: undefined, architecture: Architecture.ARM_64 },
  });
  plant?.(cloud);
  const assembly = app.synth();
  const templates = Object.fromEntries(
    stacksOf(cloud).map(([concern, { artifactId }]) => [
      concern,
      assembly.getStackArtifact(artifactId).template as Template,
    ]),
  ) as Record<Concern, Template>;
  return { app, cloud, templates, outdir };
}

const known = new Map<string, Synthesis>();

/** The fixture's fleets in a stage, synthesised once a test file. */
export function stageOf(stage: StageName, streamKind: StreamKind = 'kinesis'): Synthesis {
  const key = `${stage} ${streamKind}`;
  const synthesis = known.get(key) ?? synthesise({ stage, streamKind });
  known.set(key, synthesis);
  return synthesis;
}

/** Every resource of all stacks, with its stack and logical id. */
export function resourcesOf({ templates }: Synthesis, type?: string) {
  return Object.entries(templates).flatMap(([concern, template]) =>
    Object.entries(template.Resources)
      .filter(([, resource]) => type === undefined || resource.Type === type)
      .map(([id, resource]) => ({ concern: concern as Concern, id, ...resource })),
  );
}
