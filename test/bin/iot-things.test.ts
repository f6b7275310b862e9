import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IoTClient } from '@aws-sdk/client-iot';
import { describe, expect, it, onTestFinished } from 'vitest';
import { registerThing } from '../../bin/iot-things.ts';

const ARN = 'arn:aws:iot:eu-central-1:123456789012:cert/abc';

/** IoT Core's API, as far as a registration goes; what it answers 500 is said. Returns what it was asked. */
async function startIot(fails: string): Promise<{ readonly client: IoTClient; readonly asked: string[] }> {
  const asked: string[] = [];
  const answers: Readonly<Record<string, object>> = {
    'GET /policies': { policies: [{ policyName: 'tributary-dev-weather' }] },
    'POST /certificates': { certificateId: 'abc', certificateArn: ARN, certificatePem: 'PEM' },
    'POST /attached-policies': { policies: [{ policyName: 'tributary-dev-weather' }] },
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://iot');
    const what = `${request.method} ${decodeURIComponent(pathname).replace(ARN, 'ARN')}`;
    asked.push(what);
    response.statusCode = what === fails ? 403 : 200;
    response.setHeader('content-type', 'application/json');
    const answer = Object.entries(answers).find(([path]) => what.startsWith(path))?.[1] ?? {};
    response.end(JSON.stringify(what === fails ? { message: 'not you' } : answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new IoTClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  return { client, asked };
}

const REQUEST = {
  stage: 'dev',
  fleet: 'weather',
  thing: { name: 'station-1', attributes: {} },
  requestPem: 'CSR',
} as const;

describe('a registration', () => {
  it('makes the certificate count when all that restricts it is attached', async () => {
    const { client, asked } = await startIot('nothing');
    expect(await registerThing(client, REQUEST)).toBe('PEM');
    expect(asked.at(-1)).toBe('PUT /certificates/abc');
    expect(asked).toContain('PUT /target-policies/tributary-dev-weather');
  });

  it.for([
    ['PUT /thing-groups/addThingToThingGroup', false],
    ['PUT /target-policies/tributary-dev-weather', false],
    ['PUT /certificates/abc', true],
  ] as const)('that fails at %s leaves no certificate', async ([step, wasAttached]) => {
    const { client, asked } = await startIot(step);
    await expect(registerThing(client, REQUEST)).rejects.toThrow();
    expect(asked).toContain(step);
    expect(asked.includes('DELETE /things/station-1/principals')).toBe(wasAttached);
    expect(asked.at(-1)).toBe('DELETE /certificates/abc');
  });
});
