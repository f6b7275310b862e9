import { Command, Option } from 'commander';
import { STAGE_NAMES, type StageName, stageName } from '../../lib/stage-names.ts';
import { UsageError } from '../../src/errors.ts';
import { printResult } from '../output.ts';

type TeardownOptions = { readonly stage: StageName; readonly yes?: true; readonly json?: true };

export function teardownCommand(): Command {
  return new Command('teardown')
    .description('takes a deployed stage down, with all of its data')
    .addOption(new Option('--stage <name>', 'which stage').choices(STAGE_NAMES).makeOptionMandatory())
    .option('--yes', 'do it: what is deleted does not come back')
    .option('--json', 'print one JSON value for machines')
    .action(async ({ stage, yes, json }: TeardownOptions) => {
      // the CDK is loaded where it is needed: no other command waits for it
      const { STAGES } = await import('../../lib/stage.ts');
      if (STAGES[stage].terminationProtection) {
        throw new UsageError(
          `${stage} is protected: docs/deploy.md, "Take it down", says what to do by hand`,
        );
      }
      const { deleteThings, detachPolicies, findThings } = await import('../iot-teardown.ts');
      const { emptyBucket, findBuckets } = await import('../empty-buckets.ts');
      const { deleteStacks, findRegion, findStacks } = await import('../delete-stacks.ts');
      const stacks = await findStacks(stage);
      const [things, buckets] = [await findThings(stage), await findBuckets(stage)];
      const region = await findRegion();
      if (stacks.length + things.length + buckets.length === 0) {
        throw new UsageError(`nothing of ${stage} is in ${region}: AWS_REGION says where to look`);
      }
      const names = stacks.map(({ name }) => name).join(', ') || 'no stack';
      const places = buckets.join(', ') || 'no bucket';
      if (yes === undefined) {
        throw new UsageError(
          `this deletes ${names}, ${things.length} devices and everything in ${places} (${region}): pass --yes to do it`,
        );
      }
      const certificates = await deleteThings(things);
      const detached = await detachPolicies(stage);
      // their progress is not the answer: that is one line, or JSON
      const tell = (name: string) => console.error(`deleting ${name}`);
      const isLake = ({ name }: { readonly name: string }) => name === stageName({ name: stage }, 'lake');
      // what writes to the buckets goes before they are emptied
      await deleteStacks(
        stacks.filter((stack) => !isLake(stack)),
        tell,
      );
      const objects: Record<string, number> = {};
      for (const bucket of buckets) objects[bucket] = await emptyBucket(bucket);
      await deleteStacks(stacks.filter(isLake), tell);
      const total = Object.values(objects).reduce((sum, each) => sum + each, 0);
      printResult(
        json ?? false,
        { stage, stacks: stacks.length, things: things.length, certificates, detached, objects },
        [
          `${stage} is gone: ${things.length} devices with ${certificates} certificates, ${total} objects, ${stacks.length} stacks`,
        ],
      );
    });
}
