import { Command, Option } from 'commander';
import { STAGE_NAMES, type StageName } from '../../lib/stage-names.ts';
import { UsageError } from '../../src/errors.ts';
import { printResult } from '../output.ts';

type TeardownOptions = { readonly stage: StageName; readonly yes?: true; readonly json?: true };

/** What is not the lake's, the last first. */
const STACKS = ['watch', 'schedule', 'catalog', 'devices', 'functions', 'tables', 'stream'];

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
      const { destroyStacks } = await import('../destroy-stacks.ts');
      const [things, buckets] = [await findThings(stage), await findBuckets(stage)];
      if (yes === undefined) {
        throw new UsageError(
          `this deletes all stacks of ${stage}, ${things.length} devices and everything in ` +
            `${buckets.join(', ') || 'no bucket'}: pass --yes to do it`,
        );
      }
      const certificates = await deleteThings(things);
      const detached = await detachPolicies(stage);
      await destroyStacks(stage, STACKS);
      const objects: Record<string, number> = {};
      for (const bucket of buckets) objects[bucket] = await emptyBucket(bucket);
      await destroyStacks(stage, ['lake']);
      const total = Object.values(objects).reduce((sum, each) => sum + each, 0);
      printResult(json ?? false, { stage, things: things.length, certificates, detached, objects }, [
        `${stage} is gone: ${things.length} devices with ${certificates} certificates, ${total} objects, all stacks`,
      ]);
    });
}
