import { type StageName, stageIdentifier, stageName } from '../../lib/stage-names.ts';
import { UsageError } from '../../src/errors.ts';
import { iotRules } from '../../src/fleet/index.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { openStore } from '../../src/stores/open-store.ts';
import { openAthena } from '../athena.ts';
import { findBuckets } from '../empty-buckets.ts';
import { deleteThings } from '../iot-teardown.ts';
import { amazonRoots, connectIot, findIotEndpoint, registerThing } from '../iot-things.ts';
import type { SmokePlace } from './smoke-place.ts';

/**
 * A deployed stage, in the account and region that the environment names.
 *
 * @param fleet whose device is registered
 * @throws UsageError where the stage is not there
 */
export async function openAwsPlace(
  stage: StageName,
  fleet: Fleet,
  fleets: readonly Fleet[],
): Promise<SmokePlace> {
  const [bucket] = await findBuckets(stage);
  if (bucket === undefined) {
    throw new UsageError(
      `there is no ${stageName({ name: stage }, 'lake')} in this account: deploy the stage ${stage} first`,
    );
  }
  const iot = connectIot();
  const athena = await openAthena(stage);
  return {
    endpoint: () => findIotEndpoint(iot),
    rules: iotRules(fleets).map((rule) => ({ ...rule, name: stageIdentifier({ name: stage }, rule.name) })),
    async certify(thing, requestPem) {
      const certificate = await registerThing(iot, { stage, fleet: fleet.name, thing, requestPem });
      return { certificate, authority: amazonRoots() };
    },
    async withdraw({ name }) {
      try {
        return await deleteThings([name]);
      } catch (error) {
        // it was not made: nothing is there to take back
        if (error instanceof UsageError) return 0;
        throw error;
      }
    },
    lake: openStore(`s3://${bucket}/lake`),
    ask: (sql, signal) => athena.query({ sql, signal }),
    askAgainMs: 5_000,
    close: () => athena.close(),
  };
}
