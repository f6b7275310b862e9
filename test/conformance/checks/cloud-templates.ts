import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { STREAM_KINDS } from '../../../lib/constructs/readings.ts';
import { STAGE_NAMES } from '../../../lib/stage-names.ts';
import type { Check } from '../check.ts';
import { type Context, SHOWN, synthesiseTemplates } from '../cloud-assembly.ts';
import { PYTHON } from '../engines.ts';
import { runCommand } from '../run-command.ts';

const CFN_LINT = join(dirname(PYTHON), 'cfn-lint');

/** W3005, a dependency that a reference implies already: the CDK writes both, on purpose. */
const IGNORED = 'W3005';

/** Regions that differ in what they offer. */
const REGIONS = ['us-east-1', 'eu-central-1', 'ap-southeast-2'];

/** Everything that changes which resources there are. */
const COMBINATIONS: readonly Context[] = STAGE_NAMES.flatMap((stage) =>
  STREAM_KINDS.flatMap((stream) => [
    { stage, stream },
    { stage, stream, ...SHOWN, readers: '444455556666' },
  ]),
);

/** Types and bounds by another hand than the CDK's own validation, and the names of IAM actions, which that does not know. */
export const cloudTemplates: Check = {
  name: 'the templates of the cloud are sound (cfn-lint)',
  needs: ['cfn-lint'],
  async run() {
    // many stacks are the same in several combinations: looked at once
    const paths = new Map<string, string>();
    for (const combination of COMBINATIONS) {
      const assembly = await synthesiseTemplates(combination);
      const templates = (await readdir(assembly)).filter((name) => name.endsWith('.template.json'));
      if (templates.length === 0) throw new Error(`no template in ${assembly}`);
      for (const name of templates) {
        const path = join(assembly, name);
        paths.set(await readFile(path, 'utf8'), path);
      }
    }
    console.log(`${paths.size} templates of ${COMBINATIONS.length} combinations`);
    const options = ['--ignore-checks', IGNORED, '--regions', ...REGIONS];
    // an exit code other than 0 stands for findings of any level, notes included
    const { code, output } = await runCommand(CFN_LINT, [...options, '--', ...paths.values()]);
    if (code !== 0) throw new Error(output.trim());
  },
};
