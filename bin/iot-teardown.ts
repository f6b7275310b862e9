import {
  DeleteThingCommand,
  DetachPolicyCommand,
  paginateListPolicies,
  paginateListTargetsForPolicy,
  paginateListThings,
} from '@aws-sdk/client-iot';
import { type StageName, stageName } from '../lib/stage-names.ts';
import { connectIot, revokeThing } from './iot-things.ts';

const client = connectIot();

/** The things whose type is one of the stage's: its fleets' devices. */
export async function findThings(stage: StageName): Promise<readonly string[]> {
  const own = `${stageName({ name: stage })}-`;
  const found: string[] = [];
  for await (const { things = [] } of paginateListThings({ client }, {})) {
    for (const { thingName, thingTypeName = '' } of things)
      if (thingName !== undefined && thingTypeName.startsWith(own)) found.push(thingName);
  }
  return found;
}

/** Deletes things with their certificates: a type that has things cannot be deleted. Says how many certificates there were. */
export async function deleteThings(things: readonly string[]): Promise<number> {
  let certificates = 0;
  for (const thingName of things) {
    certificates += await revokeThing(client, thingName);
    await client.send(new DeleteThingCommand({ thingName }));
  }
  return certificates;
}

/** Detaches what still holds a policy of the stage, claims for one: a policy that is attached cannot be deleted. */
export async function detachPolicies(stage: StageName): Promise<number> {
  const own = `${stageName({ name: stage })}-`;
  let detached = 0;
  for await (const { policies = [] } of paginateListPolicies({ client }, {})) {
    for (const { policyName = '' } of policies) {
      if (!policyName.startsWith(own)) continue;
      for await (const { targets = [] } of paginateListTargetsForPolicy({ client }, { policyName })) {
        for (const target of targets) {
          await client.send(new DetachPolicyCommand({ policyName, target }));
          detached++;
        }
      }
    }
  }
  return detached;
}
