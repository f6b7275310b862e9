import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE, REPO } from './places.ts';
import { runCommand } from './run-command.ts';

const STAGE = 'prod';
let synthesis: Promise<string> | undefined;

/** The folder of what `npx cdk synth` makes of the shipped fleets in prod, functions bundled; once a run. */
export function synthesiseCloud(): Promise<string> {
  synthesis ??= synthesise(join(CACHE, 'cloud'));
  return synthesis;
}

async function synthesise(folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  const cdk = join(REPO, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const args = ['synth', '--quiet', '--output', folder, '-c', `stage=${STAGE}`];
  const { code, output } = await runCommand(process.execPath, [cdk, ...args]);
  if (code !== 0) throw new Error(`cdk synth ended with ${code}: ${output.trim()}`);
  return folder;
}
