import {
  DescribeThingCommand,
  IoTClient,
  ListThingPrincipalsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-iot';
import middy from '@middy/core';
import { ENVIRONMENT } from '../../src/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { judgeClaim, type RegisteredThing, THING_NAME } from './admission.ts';

/** As much as is looked at of what IoT Core asks before it provisions a device by a claim. */
export type ClaimEvent = {
  readonly claimCertificateId?: string;
  readonly templateArn?: string;
  readonly parameters?: Readonly<Record<string, string>>;
};
export type ClaimAnswer = { readonly allowProvisioning: boolean };

const { logger, middlewares } = createTelemetry('admit');
const client = new IoTClient({});
const unknown = process.env[ENVIRONMENT.admitted] === 'any';

/**
 * The hook of the provisioning templates. https://docs.aws.amazon.com/iot/latest/developerguide/pre-provisioning-hook.html
 * IoT Core waits five seconds for it, and refuses the device where it fails.
 */
export const handler = middy<ClaimEvent, ClaimAnswer>()
  .use(middlewares)
  .handler(async ({ claimCertificateId, templateArn, parameters = {} }) => {
    const name = parameters[THING_NAME];
    const thing = name === undefined ? undefined : await findThing(name);
    const { admitted, why } = judgeClaim(parameters, thing, unknown);
    logger.info(admitted ? 'claim admitted' : 'claim refused', {
      why,
      parameters,
      claimCertificateId,
      templateArn,
    });
    return { allowProvisioning: admitted };
  });

async function findThing(thingName: string): Promise<RegisteredThing | undefined> {
  try {
    const [{ attributes = {} }, { principals = [] }] = await Promise.all([
      client.send(new DescribeThingCommand({ thingName })),
      client.send(new ListThingPrincipalsCommand({ thingName })),
    ]);
    return { attributes, certificates: principals.length };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
