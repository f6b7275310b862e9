import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { Aedes } from 'aedes';
import { describe, expect, it, onTestFinished } from 'vitest';
import { claimThing } from '../../bin/iot-claim.ts';
import { type Authority, openAuthority } from '../../local/certificates/authority.ts';
import { createSigningRequest } from '../../local/certificates/signing-request.ts';
import { UsageError } from '../../src/errors.ts';

type Answer = { readonly verdict: 'accepted' | 'rejected'; readonly body: object };

/** A broker that answers a device's requests as AWS documents them; `requests` is what it was asked, in order. */
async function startProvisioner(
  authority: Authority,
  answer: (topic: string) => Answer | undefined,
  admitted = true,
) {
  const requests: { topic: string; client: string; body: Record<string, unknown> }[] = [];
  const aedes = await Aedes.createBroker();
  aedes.on('publish', ({ topic, payload }, client) => {
    if (client === null || !topic.startsWith('$aws/')) return;
    requests.push({
      topic,
      client: client.id,
      body: JSON.parse(payload.toString()) as Record<string, unknown>,
    });
    const said = answer(topic);
    if (said === undefined) client.close();
    else
      client.publish(
        {
          cmd: 'publish',
          topic: `${topic}/${said.verdict}`,
          payload: JSON.stringify(said.body),
          qos: 0,
          dup: false,
          retain: false,
        },
        () => undefined,
      );
  });
  const { keyPem, certificatePem } = await authority.certifyServer();
  const server = createServer({
    key: keyPem,
    cert: certificatePem,
    ca: authority.certificatePem,
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on('secureConnection', (socket) => {
    if (admitted) aedes.handle(socket);
    else socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    await new Promise<void>((resolve) => aedes.close(resolve));
    server.close();
  });
  return { requests, endpoint: `mqtts://localhost:${(server.address() as AddressInfo).port}` };
}

async function claim(answer: (topic: string) => Answer | undefined, admitted?: boolean) {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-claim-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const authority = await openAuthority(folder);
  const { requests, endpoint } = await startProvisioner(authority, answer, admitted);
  const shared = await createSigningRequest('claim');
  const request = await createSigningRequest('press-1');
  const claimed = claimThing({
    endpoint,
    authorityPem: authority.certificatePem,
    claim: { keyPem: shared.keyPem, certificatePem: await authority.certifyDevice(shared.requestPem) },
    templateName: 'tributary-dev-presses',
    thing: { name: 'press-1', attributes: { line: 'A' } },
    request,
  });
  return { claimed, requests, request };
}

const CERTIFIED: Answer = {
  verdict: 'accepted',
  body: { certificateId: 'c1', certificatePem: 'PEM', certificateOwnershipToken: 'token' },
};

describe('a device’s claim', () => {
  it('has its own key certified, and trades that in for its thing by the fleet’s template', async () => {
    const { claimed, requests, request } = await claim((topic) =>
      topic.startsWith('$aws/certificates/')
        ? CERTIFIED
        : { verdict: 'accepted', body: { thingName: 'press-1' } },
    );
    expect(await claimed).toBe('PEM');
    expect(requests).toEqual([
      {
        topic: '$aws/certificates/create-from-csr/json',
        client: 'claim-press-1',
        body: { certificateSigningRequest: request.requestPem },
      },
      {
        topic: '$aws/provisioning-templates/tributary-dev-presses/provision/json',
        client: 'claim-press-1',
        body: { certificateOwnershipToken: 'token', parameters: { ThingName: 'press-1', line: 'A' } },
      },
    ]);
  });

  it('says what it was refused for', async () => {
    const { claimed } = await claim((topic) =>
      topic.startsWith('$aws/certificates/')
        ? CERTIFIED
        : {
            verdict: 'rejected',
            body: { errorCode: 'AccessDenied', errorMessage: 'Pre-provisioning hook: no' },
          },
    );
    const error = await claimed.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).toContain('Pre-provisioning hook: no');
  });

  it('does not wait where the claim may not ask', async () => {
    const { claimed } = await claim(() => undefined);
    await expect(claimed).rejects.toThrow(/closed the connection/);
  });

  it('does not wait where the broker does not let it in', async () => {
    const { claimed } = await claim(() => undefined, false);
    await expect(claimed).rejects.toThrow(/does not take the claim/);
  });
});
