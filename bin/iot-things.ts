import { rootCertificates } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import {
  AddThingToThingGroupCommand,
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateCertificateFromCsrCommand,
  CreateThingCommand,
  DeleteCertificateCommand,
  DescribeEndpointCommand,
  DetachPolicyCommand,
  DetachThingPrincipalCommand,
  IoTClient,
  paginateListAttachedPolicies,
  paginateListPolicies,
  paginateListThingPrincipals,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
  UpdateCertificateCommand,
  UpdateThingCommand,
} from '@aws-sdk/client-iot';
import { type StageName, stageName } from '../lib/stage-names.ts';
import type { Thing } from '../local/certificates/thing-registry.ts';
import { TributaryError, UsageError } from '../src/errors.ts';

/** IoT Core as the CLI speaks to it: the account and region that the environment names. */
export function connectIot(): IoTClient {
  return new IoTClient({});
}

/** Where devices of the account connect: `mqtts://…:8883`. */
export async function findIotEndpoint(client: IoTClient): Promise<string> {
  const { endpointAddress } = await client.send(
    new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }),
  );
  if (endpointAddress === undefined) throw new TributaryError('IoT Core names no endpoint for devices');
  return `mqtts://${endpointAddress}:8883`;
}

/** What `iot:Data-ATS` endpoints are trusted by, https://www.amazontrust.com/repository: Node trusts them too. */
export function amazonRoots(): string {
  const roots = rootCertificates.filter((pem) =>
    /(^|\n)CN=Amazon Root CA \d$/m.test(new X509Certificate(pem).subject),
  );
  if (roots.length === 0)
    throw new TributaryError('this Node trusts no Amazon Root CA: take them from amazontrust.com');
  return roots.map((pem) => `${pem}\n`).join('');
}

/** The policies of a fleet's devices, in order: one as a rule, more where its topics do not fit in one. */
export async function findFleetPolicies(
  client: IoTClient,
  stage: StageName,
  fleet: string,
): Promise<string[]> {
  const name = stageName({ name: stage }, fleet);
  const found: string[] = [];
  for await (const { policies = [] } of paginateListPolicies({ client }, {})) {
    for (const { policyName = '' } of policies) {
      if (policyName === name || new RegExp(`^${name}-\\d+$`).test(policyName)) found.push(policyName);
    }
  }
  if (found.length === 0) {
    throw new UsageError(
      `there is no IoT policy ${name}: deploy the stage ${stage} with the fleet ${fleet} first`,
    );
  }
  return found.sort();
}

/**
 * Makes the thing, or gives it these attributes, and certifies the key of a signing request for it. The certificate counts
 * only when all that restricts it is attached.
 *
 * @returns the certificate in PEM
 */
export async function registerThing(
  client: IoTClient,
  { stage, fleet, thing, requestPem }: { stage: StageName; fleet: string; thing: Thing; requestPem: string },
): Promise<string> {
  const policies = await findFleetPolicies(client, stage, fleet);
  const group = stageName({ name: stage }, fleet);
  await putThing(client, thing, group);
  const { certificateId, certificateArn, certificatePem } = await client.send(
    new CreateCertificateFromCsrCommand({ certificateSigningRequest: requestPem, setAsActive: false }),
  );
  if (certificateId === undefined || certificateArn === undefined || certificatePem === undefined)
    throw new TributaryError(`IoT Core made no certificate for ${thing.name}`);
  const ofThing = { thingName: thing.name, principal: certificateArn };
  let isAttached = false;
  try {
    await client.send(new AddThingToThingGroupCommand({ thingName: thing.name, thingGroupName: group }));
    for (const policyName of policies)
      await client.send(new AttachPolicyCommand({ policyName, target: certificateArn }));
    await client.send(new AttachThingPrincipalCommand(ofThing));
    isAttached = true;
    await client.send(new UpdateCertificateCommand({ certificateId, newStatus: 'ACTIVE' }));
  } catch (error) {
    // half attached it would be found by nobody: it never counted
    await detachCertificate(client, certificateArn);
    if (isAttached) await client.send(new DetachThingPrincipalCommand(ofThing));
    await client.send(new DeleteCertificateCommand({ certificateId, forceDelete: true }));
    throw error;
  }
  return certificatePem;
}

async function putThing(
  client: IoTClient,
  { name, attributes }: Thing,
  thingTypeName: string,
): Promise<void> {
  const input = { thingName: name, thingTypeName, attributePayload: { attributes } };
  try {
    await client.send(new CreateThingCommand(input));
  } catch (error) {
    // of the same name with the same attributes it is no error
    if (!(error instanceof ResourceAlreadyExistsException)) throw error;
    await client.send(new UpdateThingCommand({ ...input, attributePayload: { attributes, merge: true } }));
  }
}

/**
 * Takes all certificates of a thing back and deletes them; the thing stays, to be registered again.
 *
 * @returns how many there were
 */
export async function revokeThing(client: IoTClient, thingName: string): Promise<number> {
  let revoked = 0;
  try {
    for await (const { principals = [] } of paginateListThingPrincipals({ client }, { thingName })) {
      for (const principal of principals) {
        // before anything else: from here on it connects nobody
        const certificateId = principal.slice(principal.lastIndexOf('/') + 1);
        await client.send(new UpdateCertificateCommand({ certificateId, newStatus: 'REVOKED' }));
        await detachCertificate(client, principal);
        await client.send(new DetachThingPrincipalCommand({ thingName, principal }));
        await client.send(new DeleteCertificateCommand({ certificateId }));
        revoked++;
      }
    }
  } catch (error) {
    if (error instanceof ResourceNotFoundException)
      throw new UsageError(`there is no thing ${thingName} in this account and region`, { cause: error });
    throw error;
  }
  return revoked;
}

async function detachCertificate(client: IoTClient, target: string): Promise<void> {
  for await (const { policies = [] } of paginateListAttachedPolicies({ client }, { target })) {
    for (const { policyName } of policies) await client.send(new DetachPolicyCommand({ policyName, target }));
  }
}
