import { CreateProvisioningClaimCommand, type IoTClient } from '@aws-sdk/client-iot';
import mqtt, { type MqttClient } from 'mqtt';
import type { SigningRequest } from '../local/certificates/signing-request.ts';
import type { Thing } from '../local/certificates/thing-registry.ts';
import { TributaryError, UsageError } from '../src/errors.ts';

/** The certificate that many devices are made with, good for nothing but asking for one of their own. */
export type Claim = { readonly keyPem: string; readonly certificatePem: string };

/** A claim for the next five minutes, as a technician's app asks for one at installation. */
export async function createTemporaryClaim(client: IoTClient, templateName: string): Promise<Claim> {
  const { certificatePem, keyPair } = await client.send(new CreateProvisioningClaimCommand({ templateName }));
  if (certificatePem === undefined || keyPair?.PrivateKey === undefined)
    throw new TributaryError(`IoT Core gave no claim for ${templateName}`);
  return { certificatePem, keyPem: keyPair.PrivateKey };
}

export type ClaimRequest = {
  /** `mqtts://…:8883` */
  readonly endpoint: string;
  /** what the broker is trusted by */
  readonly authorityPem: string;
  readonly claim: Claim;
  readonly templateName: string;
  readonly thing: Thing;
  readonly request: SigningRequest;
};

const CONNECT_TIMEOUT_MS = 10_000;
const ANSWER_TIMEOUT_MS = 30_000;

/**
 * What a device does at its first start, "fleet provisioning by claim": with the claim's certificate it has its own key
 * certified, and trades that in for a thing by the fleet's template, which a hook may refuse.
 * https://docs.aws.amazon.com/iot/latest/developerguide/provision-wo-cert.html
 *
 * @returns the device's own certificate in PEM
 * @throws UsageError with what IoT Core said where it refuses
 */
export async function claimThing(asked: ClaimRequest): Promise<string> {
  const { endpoint, authorityPem, claim, templateName, thing, request } = asked;
  const client = mqtt.connect(endpoint, {
    // that is all that a claim may be called
    clientId: `claim-${thing.name}`,
    ca: authorityPem,
    cert: claim.certificatePem,
    key: claim.keyPem,
    protocolVersion: 4,
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
  });
  try {
    await waitForConnection(client, endpoint);
    const certified = await ask(client, '$aws/certificates/create-from-csr/json', {
      certificateSigningRequest: request.requestPem,
    });
    await ask(client, `$aws/provisioning-templates/${templateName}/provision/json`, {
      certificateOwnershipToken: certified['certificateOwnershipToken'],
      parameters: { ThingName: thing.name, ...thing.attributes },
    });
    return String(certified['certificatePem']);
  } finally {
    client.end(true);
  }
}

/** (`connectAsync` waits for ever where the broker closes the connection instead of answering.) */
function waitForConnection(client: MqttClient, endpoint: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let fault: Error | undefined;
  client.once('connect', () => resolve());
  // heard for the life of the client: it may come more than once
  client.on('error', (error) => (fault ??= error));
  client.once('close', () => {
    const why = fault?.message ?? 'it closed the connection: is the claim’s certificate active?';
    reject(new UsageError(`${endpoint} does not take the claim: ${why}`, { cause: fault }));
  });
  return promise;
}

type Answer = Readonly<Record<string, unknown>>;

/** Publishes a request and waits for what comes below `/accepted` or `/rejected`. */
async function ask(client: MqttClient, topic: string, payload: object): Promise<Answer> {
  const answered = Promise.withResolvers<Answer>();
  const onMessage = (from: string, bytes: Buffer) => {
    if (!from.startsWith(`${topic}/`)) return;
    const answer = JSON.parse(bytes.toString()) as Answer;
    if (from === `${topic}/accepted`) answered.resolve(answer);
    else answered.reject(new UsageError(`IoT Core refuses ${topic}: ${String(answer['errorMessage'])}`));
  };
  const onClose = () =>
    answered.reject(new UsageError(`IoT Core closed the connection at ${topic}: may the claim do this?`));
  const timer = setTimeout(
    () => answered.reject(new TributaryError(`no answer to ${topic} within ${ANSWER_TIMEOUT_MS / 1000} s`)),
    ANSWER_TIMEOUT_MS,
  );
  client.on('message', onMessage).on('close', onClose);
  try {
    await client.subscribeAsync([`${topic}/accepted`, `${topic}/rejected`], { qos: 1 });
    await client.publishAsync(topic, JSON.stringify(payload), { qos: 1 });
    return await answered.promise;
  } finally {
    clearTimeout(timer);
    client.off('message', onMessage).off('close', onClose);
  }
}
