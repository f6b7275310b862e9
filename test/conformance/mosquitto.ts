import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuthority } from '../../local/certificates/authority.ts';
import { runCommand } from './run-command.ts';
import { findFreePort, type ServerProcess, startServer } from './server-process.ts';

/** Debian puts it where only root looks by itself. */
const PROGRAM = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'];
const START_TIMEOUT_MS = 20_000;

/** Installs Debian's package where it is missing and root may. Rejects with the reason where it is missing all the same. */
export async function installMosquitto(): Promise<void> {
  if (findProgram() !== undefined) return;
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0)
    throw new Error('it is not installed, and only root can do that, on Debian: apt-get install mosquitto');
  console.log('installing mosquitto (once)');
  // RUNLEVEL: the package would start a broker of its own
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', 'mosquitto']]) {
    const { code, output } = await runCommand('apt-get', args, { env });
    if (code !== 0) throw new Error(`apt-get ${args[0]} does not work: ${output.trim().split('\n').at(-1)}`);
  }
  if (findProgram() === undefined) throw new Error(`it was installed, but not as ${PROGRAM[0]}`);
}

export type Mosquitto = {
  readonly endpoint: string;
  /** where its authority lies: who is certified by it may connect */
  readonly certificates: string;
  /** ends it at once, and starts it again at the same place */
  restart(): Promise<void>;
  close(): Promise<void>;
};

/**
 * A broker that speaks MQTT 3.1.1 and 5 by mutual TLS: it takes the name in a certificate for its client's, and lets a client
 * write below `vehicles/<name>` only; `observer` may read all.
 */
export async function startMosquitto(): Promise<Mosquitto> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-mosquitto-'));
  const port = await findFreePort();
  const file = (name: string) => join(folder, name);
  const authority = await openAuthority(folder);
  const { keyPem, certificatePem } = await authority.certifyServer();
  await writeFile(file('server.key'), keyPem);
  await writeFile(file('server.crt'), certificatePem);
  await writeFile(file('acl'), 'user observer\ntopic read #\npattern write vehicles/%u/#\n');
  const settings = [
    'user root',
    'persistence false',
    'log_dest stderr',
    `acl_file ${file('acl')}`,
    `listener ${port} 127.0.0.1`,
    'allow_anonymous false',
    'require_certificate true',
    'use_identity_as_username true',
    `cafile ${file('authority.crt')}`,
    `certfile ${file('server.crt')}`,
    `keyfile ${file('server.key')}`,
  ];
  await writeFile(file('mosquitto.conf'), `${settings.join('\n')}\n`);

  const start = (): Promise<ServerProcess> =>
    startServer({
      name: 'mosquitto',
      program: findProgram()!,
      args: ['-c', file('mosquitto.conf')],
      findEndpoint: (said) =>
        /mosquitto version \S+ running/.test(said) ? `mqtts://127.0.0.1:${port}` : undefined,
      timeoutMs: START_TIMEOUT_MS,
    });
  let server = await start();
  return {
    endpoint: server.endpoint,
    certificates: folder,
    async restart() {
      await server.stop();
      server = await start();
    },
    async close() {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

function findProgram(): string | undefined {
  return PROGRAM.find((path) => existsSync(path));
}
