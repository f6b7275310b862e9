import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { STAGES } from '../lib/stage.ts';
import type { StageName } from '../lib/stage-names.ts';
import { TributaryError } from '../src/errors.ts';

const REPOSITORY = fileURLToPath(new URL('../', import.meta.url));
const CDK = fileURLToPath(new URL('../node_modules/aws-cdk/bin/cdk', import.meta.url));

/** Has the CDK delete stacks, in the order that they depend on each other in; what it says is shown. */
export async function destroyStacks(stage: StageName, names: readonly string[]): Promise<void> {
  const there = names.filter((name) => name !== 'watch' || STAGES[stage].watched);
  const args = ['destroy', ...there, '--exclusively', '--force', '-c', `stage=${stage}`];
  // its progress is not the answer: that is one line, or JSON
  const child = spawn(process.execPath, [CDK, ...args], { cwd: REPOSITORY, stdio: ['ignore', 2, 2] });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new TributaryError(`cdk ${args.join(' ')} ended with ${code}`);
}
