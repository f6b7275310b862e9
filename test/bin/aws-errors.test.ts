import { once } from 'node:events';
import { createServer } from 'node:http';
import { devNull } from 'node:os';
import { IoTClient, type IoTClientConfig, ListThingsCommand } from '@aws-sdk/client-iot';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { describeAwsError } from '../../bin/aws-errors.ts';

const CREDENTIALS = { accessKeyId: 'a', secretAccessKey: 'b' };
const AWS = { region: 'eu-central-1', credentials: CREDENTIALS, maxAttempts: 1 };

/** What the SDK rejects a call with, or the making of its client, told. */
async function failureOf(config: IoTClientConfig) {
  try {
    await new IoTClient(config).send(new ListThingsCommand({}));
  } catch (error) {
    return describeAwsError(error);
  }
  throw new Error('the call was answered');
}

/** An environment without any account, whatever this one has. */
function stubNoAccount() {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(name, devNull);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

describe("an error of AWS's SDK in one line", () => {
  it('asks for a region where none is chosen', async () => {
    stubNoAccount();
    const expected = { kind: 'environment', line: expect.stringContaining('set AWS_REGION') as string };
    expect(await failureOf({ credentials: CREDENTIALS })).toEqual(expected);
    expect(await failureOf({ ...AWS, region: '' })).toEqual(expected);
  });

  it('asks for credentials where there are none', async () => {
    stubNoAccount();
    expect(await failureOf({ region: 'eu-central-1' })).toEqual({
      kind: 'environment',
      line: expect.stringMatching(/^no AWS credentials are found/) as string,
    });
  });

  it('says what AWS answered', async () => {
    const server = createServer((_, response) => {
      response.writeHead(403, { 'x-amzn-errortype': 'UnauthorizedException' });
      response.end('{"message": "not allowed: iot:ListThings"}');
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as { readonly port: number };
    expect(await failureOf({ ...AWS, endpoint: `http://127.0.0.1:${port}` })).toEqual({
      kind: 'refused',
      line: 'AWS answered UnauthorizedException: not allowed: iot:ListThings',
    });
  });

  it('says that AWS cannot be reached', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { readonly port: number };
    server.close();
    await once(server, 'close');
    expect(await failureOf({ ...AWS, endpoint: `http://127.0.0.1:${port}` })).toEqual({
      kind: 'refused',
      line: expect.stringMatching(/^AWS cannot be reached \(ECONNREFUSED\)/) as string,
    });
  });

  it('leaves every other error alone', () => {
    expect(describeAwsError(new Error('a fault of ours'))).toBeUndefined();
    expect(describeAwsError('no error')).toBeUndefined();
  });
});
