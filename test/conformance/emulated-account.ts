import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { openAuthority } from '../../local/certificates/authority.ts';
import { PYTHON } from './engines.ts';
import { REPO } from './places.ts';
import { runCommand } from './run-command.ts';
import { findFreePort, startServer } from './server-process.ts';

export const REGION = 'eu-central-1';

/** An AWS account on this machine, empty: MiniStack, which takes TLS only and enforces IAM. */
export type EmulatedAccount = {
  readonly endpoint: string;
  /** where devices connect, by mutual TLS */
  readonly mqtt: string;
  /** goes with it */
  readonly folder: string;
  /** what a client needs to find and trust it */
  readonly env: NodeJS.ProcessEnv;
  /** One call of AWS's API: parameters and answer as botocore spells them. Rejects with AWS's words. */
  call<Answer>(service: string, operation: string, parameters?: object): Promise<Answer>;
  /** The CDK's command line; rejects with the end of what it said. */
  cdk(...args: readonly string[]): Promise<void>;
  stop(): Promise<void>;
};

const START_TIMEOUT_MS = 60_000;

/**
 * Starts one. Its functions run in this machine's Node 24, in processes that inherit what it has in its environment. Roles
 * and policies count (`AUTH`): a function that is not allowed something is refused it.
 */
export async function startEmulatedAccount(): Promise<EmulatedAccount> {
  const [port, mqttPort] = [String(await findFreePort()), String(await findFreePort())];
  const folder = await mkdtemp(join(tmpdir(), 'tributary-account-'));
  const endpoint = `https://127.0.0.1:${port}`;
  const authority = await openAuthority(folder);
  const { keyPem, certificatePem } = await authority.certifyServer();
  const [trusted, key, certificate] = ['authority.crt', 'server.key', 'server.crt'].map((name) =>
    join(folder, name),
  );
  await writeFile(key!, keyPem, { mode: 0o600 });
  await writeFile(certificate!, certificatePem);
  const account = {
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    NODE_EXTRA_CA_CERTS: trusted,
  };
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const { stop } = await startServer({
    name: 'MiniStack',
    program: PYTHON,
    args: [new URL('./ministack_here.py', import.meta.url).pathname],
    cwd: folder,
    env: {
      ...inherited,
      ...account,
      // the Node that runs this, for functions
      PATH: `${join(REPO, 'node_modules', '.bin')}${delimiter}${process.env['PATH']}`,
      TMPDIR: folder,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: port,
      MINISTACK_REGION: REGION,
      AUTH: 'true',
      USE_SSL: '1',
      MINISTACK_SSL_CERT: certificate,
      MINISTACK_SSL_KEY: key,
      IOT_MTLS_PORT: mqttPort,
      SFTP_ENABLED: '0',
      // state machines wait for seconds where they would for minutes
      SFN_WAIT_SCALE: '0.02',
    },
    findEndpoint: async () =>
      (await isHealthy(`${endpoint}/_ministack/health`, authority.certificatePem)) ? endpoint : undefined,
    timeoutMs: START_TIMEOUT_MS,
  });
  const env = {
    ...inherited,
    ...account,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_CA_BUNDLE: trusted,
    CDK_DISABLE_VERSION_CHECK: '1',
  };
  const script = new URL('./aws_call.py', import.meta.url).pathname;
  return {
    endpoint,
    mqtt: `mqtts://127.0.0.1:${mqttPort}`,
    folder,
    env,
    async call<Answer>(service: string, operation: string, parameters: object = {}) {
      const args = [script, service, operation, JSON.stringify(parameters)];
      const { code, output } = await runCommand(PYTHON, args, { env });
      if (code !== 0) throw new Error(`${service} ${operation}: ${output.trim().split('\n').at(-1)}`);
      return JSON.parse(output) as Answer;
    },
    async cdk(...args) {
      const cdk = join(REPO, 'node_modules', 'aws-cdk', 'bin', 'cdk');
      const { code, output } = await runCommand(process.execPath, [cdk, ...args], { env });
      if (code !== 0) throw new Error(`cdk ${args[0]} ended with ${code}: ${output.trim().slice(-2_000)}`);
    },
    async stop() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isHealthy(url: string, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    // nobody listens yet: asked again
    get(url, { ca }, (response) => resolve(response.resume().statusCode === 200)).on('error', () =>
      resolve(false),
    );
  });
}
