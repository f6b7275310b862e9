import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StageName } from '../../lib/stage-names.ts';
import type { EmulatedAccount } from './emulated-account.ts';
import { CACHE } from './places.ts';

type Template = { Resources: Record<string, { Type: string; Properties?: object }> };

/** What MiniStack does not know: it would refuse the whole stack. */
const UNKNOWN: Readonly<Record<string, (resource: Template['Resources'][string]) => boolean>> = {
  'saved queries of Athena': ({ Type }) => Type === 'AWS::Athena::NamedQuery',
  'alarms on several metrics': ({ Type, Properties = {} }) =>
    Type === 'AWS::CloudWatch::Alarm' && 'Metrics' in Properties,
};

/**
 * Deploys a stage to an account that is bootstrapped, its functions as they would be uploaded, on this machine's architecture.
 * @param settings more of `-c name=value`
 */
export async function deployStage(
  account: EmulatedAccount,
  stage: StageName,
  ...settings: readonly string[]
): Promise<void> {
  const assembly = join(CACHE, `deployed-${stage}`);
  await rm(assembly, { recursive: true, force: true });
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64';
  const flags = [`stage=${stage}`, `architecture=${architecture}`, ...settings].flatMap((each) => [
    '-c',
    each,
  ]);
  await account.cdk('synth', '--quiet', '--output', assembly, ...flags);
  await leaveOutUnknown(assembly);
  const began = performance.now();
  await account.cdk('deploy', '--all', '--app', assembly, '--require-approval', 'never');
  console.log(`all stacks of ${stage} deployed in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
}

async function leaveOutUnknown(assembly: string): Promise<void> {
  const templates = (await readdir(assembly)).filter((name) => name.endsWith('.template.json'));
  for (const name of templates) {
    const path = join(assembly, name);
    const template = JSON.parse(await readFile(path, 'utf8')) as Template;
    for (const [what, isUnknown] of Object.entries(UNKNOWN)) {
      const ids = Object.keys(template.Resources).filter((id) => isUnknown(template.Resources[id]!));
      for (const id of ids) delete template.Resources[id];
      if (ids.length > 0) console.log(`left out, for MiniStack knows none: ${ids.length} ${what}`);
    }
    await writeFile(path, JSON.stringify(template));
  }
}
