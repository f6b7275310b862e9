import { join } from 'node:path';
import type { StageName } from '../../../lib/stage-names.ts';
import { deployStage } from '../deploy-stage.ts';
import type { EmulatedAccount } from '../emulated-account.ts';
import { REPO } from '../places.ts';
import { runCommand } from '../run-command.ts';

const THING = 'station-3';

/**
 * A second stage is deployed beside the first one, with a device and one fleet only, and taken down again: nothing of it is
 * left, and everything of the first one stays.
 */
export async function tryTeardown(account: EmulatedAccount, neighbour: StageName): Promise<void> {
  const stage = 'dev';
  const before = await inventory(account);
  await deployStage(account, stage, `fleets=${join(REPO, 'fleets', 'weather.ts')}`);
  const out = join(account.folder, THING);
  const device = ['register', THING, '--fleet', 'weather', '--stage', stage, '--out', out];
  await cli(account, 0, 'device', ...device);
  const deployed = await inventory(account);
  if (deployed.length < before.length + 10) throw new Error(`${stage} has only ${deployed.join(', ')}`);

  const asked = await cli(account, 2, 'teardown', '--stage', stage);
  if (!asked.includes('pass --yes')) throw new Error(`teardown did not ask: ${asked}`);
  const same = await inventory(account);
  if (same.join() !== deployed.join()) throw new Error(`it deleted without --yes: ${same.join(', ')}`);

  const said = await cli(account, 0, 'teardown', '--stage', stage, '--yes');
  const after = await inventory(account);
  const left = after.filter((each) => !before.includes(each));
  if (left.length > 0) throw new Error(`left of ${stage}: ${left.join(', ')}`);
  const lost = before.filter((each) => !after.includes(each));
  if (lost.length > 0) throw new Error(`${neighbour} lost ${lost.join(', ')}`);
  console.log(said.trim().split('\n').at(-1));
  const again = await cli(account, 2, 'teardown', '--stage', stage, '--yes');
  if (!again.includes(`nothing of ${stage}`)) throw new Error(`a second teardown said ${again}`);
}

/** What of ours is in the account, by kind and name. */
async function inventory(account: EmulatedAccount): Promise<readonly string[]> {
  type Named = Readonly<Record<string, string>>;
  const list = async (service: string, operation: string, field: string, name: string) => {
    const answer = await account.call<Readonly<Record<string, readonly Named[]>>>(service, operation);
    return answer[field]!.map((each) => `${service}/${each[name]}`);
  };
  const lists = [
    await list('cloudformation', 'describe_stacks', 'Stacks', 'StackName'),
    await list('s3', 'list_buckets', 'Buckets', 'Name'),
    await list('iot', 'list_things', 'things', 'thingName'),
    await list('iot', 'list_policies', 'policies', 'policyName'),
    await list('iot', 'list_topic_rules', 'rules', 'ruleName'),
    await list('lambda', 'list_functions', 'Functions', 'FunctionName'),
    await list('stepfunctions', 'list_state_machines', 'stateMachines', 'name'),
  ];
  return lists.flat();
}

async function cli(account: EmulatedAccount, expected: number, ...args: readonly string[]): Promise<string> {
  const program = join(REPO, 'bin', 'tributary.mjs');
  const { code, output } = await runCommand(process.execPath, [program, ...args], { env: account.env });
  if (code !== expected)
    throw new Error(`${args.slice(0, 2).join(' ')} ended with ${code}: ${output.trim()}`);
  return output;
}
