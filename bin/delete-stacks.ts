import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStacksCommand,
  type Stack,
  paginateDescribeStacks,
} from '@aws-sdk/client-cloudformation';
import { setTimeout as sleep } from 'node:timers/promises';
import { type StageName, stageName } from '../lib/stage-names.ts';
import { TributaryError } from '../src/errors.ts';

const client = new CloudFormationClient();

const POLL_MS = 3_000;

/** Where stacks are looked for. */
export function findRegion(): Promise<string> {
  return client.config.region();
}

/** A stack that is there: its name and what CloudFormation knows it by, also once it is gone. */
export type DeployedStack = { readonly name: string; readonly id: string };

/** The stacks of a stage, the newest first: what a stack uses was deployed before it. */
export async function findStacks(stage: StageName): Promise<readonly DeployedStack[]> {
  const own = `${stageName({ name: stage })}-`;
  const found: Stack[] = [];
  for await (const { Stacks = [] } of paginateDescribeStacks({ client }, {})) {
    found.push(...Stacks.filter(({ StackName }) => StackName!.startsWith(own)));
  }
  return found
    .sort((a, b) => b.CreationTime!.getTime() - a.CreationTime!.getTime())
    .map(({ StackName, StackId }) => ({ name: StackName!, id: StackId! }));
}

/**
 * Deletes stacks, one after another; what is told is each one's name as it begins. An update may have made an older stack use
 * a newer one: what cannot be deleted for that waits for the others.
 *
 * @throws TributaryError with CloudFormation's words where none of those that are left can be deleted
 */
export async function deleteStacks(
  stacks: readonly DeployedStack[],
  tell: (name: string) => void,
): Promise<void> {
  let left = stacks;
  while (left.length > 0) {
    const refused: (DeployedStack & { readonly why: string })[] = [];
    for (const stack of left) {
      tell(stack.name);
      await client.send(new DeleteStackCommand({ StackName: stack.id }));
      const why = await waitUntilGone(stack.id);
      if (why !== undefined) refused.push({ ...stack, why });
    }
    if (refused.length === left.length) {
      const [{ name, why }] = refused as [(typeof refused)[number]];
      throw new TributaryError(`${name} cannot be deleted: ${why}`);
    }
    left = refused;
  }
}

/** What CloudFormation says against it; undefined once the stack is gone. */
async function waitUntilGone(id: string): Promise<string | undefined> {
  for (;;) {
    // by its id a stack is found when it is gone, too
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: id }));
    const { StackStatus: status, StackStatusReason: reason } = Stacks[0]!;
    if (status === 'DELETE_COMPLETE') return undefined;
    if (status !== 'DELETE_IN_PROGRESS') return `${status}: ${reason ?? 'no reason was given'}`;
    await sleep(POLL_MS);
  }
}
