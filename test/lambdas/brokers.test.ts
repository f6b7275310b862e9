import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Context } from 'aws-lambda';
import { expect, it, onTestFinished, vi } from 'vitest';
import { CLUSTER_ARN } from '../support/kafka-event.ts';

/** Stands for MSK, which answers this, and for CloudFormation, which is told how it went. */
async function askFor(brokers: object, RequestType = 'Create') {
  const requests: { readonly method: string; readonly path: string; readonly body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.once('end', () => {
      requests.push({ method: request.method!, path: decodeURIComponent(request.url!), body });
      response.setHeader('content-type', 'application/json');
      response.end(request.method === 'GET' ? JSON.stringify(brokers) : '');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { readonly port: number };
  vi.stubEnv('AWS_ENDPOINT_URL_KAFKA', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'nobody');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'nothing');
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  const silence = vi.spyOn(console, 'error').mockReturnValue(undefined);
  onTestFinished(() => {
    silence.mockRestore();
    vi.unstubAllEnvs();
  });
  vi.resetModules();
  const { handler } = await import('../../lambdas/brokers/handler.ts');
  const event = {
    RequestType,
    ResponseURL: `http://127.0.0.1:${port}/told`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Addresses',
    ResourceProperties: { clusterArn: CLUSTER_ARN },
  };
  await handler(event as unknown as Parameters<typeof handler>[0], {} as Context);
  const told = requests.filter(({ path }) => path === '/told').map(({ body }) => JSON.parse(body) as object);
  expect(told).toHaveLength(1);
  return { told: told[0]!, asked: requests.filter(({ method }) => method === 'GET') };
}

it('says where the brokers listen for SASL/SCRAM, and not where else they do', async () => {
  const { told, asked } = await askFor({
    bootstrapBrokerStringTls: 'b-1.example:9094',
    bootstrapBrokerStringSaslScram: 'b-1.example:9096,b-2.example:9096',
  });
  expect(asked.map(({ path }) => path)).toEqual([`/v1/clusters/${CLUSTER_ARN}/bootstrap-brokers`]);
  expect(told).toMatchObject({
    Status: 'SUCCESS',
    Data: { bootstrapServers: 'b-1.example:9096,b-2.example:9096' },
  });
});

it('fails the deployment where they do not', async () => {
  const { told } = await askFor({ bootstrapBrokerStringTls: 'b-1.example:9094' });
  expect(told).toMatchObject({
    Status: 'FAILED',
    Reason: `cluster ${CLUSTER_ARN} has no brokers that listen for SASL/SCRAM`,
  });
});

it('asks nobody when the stage goes', async () => {
  const { told, asked } = await askFor({}, 'Delete');
  expect(told).toMatchObject({ Status: 'SUCCESS' });
  expect(asked).toEqual([]);
});
