import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireJava } from '../java.ts';
import { findFreePort, type ServerProcess, startServer } from '../server-process.ts';
import { TRINO_HOME, TRINO_JAVA } from './installation.ts';

const START_TIMEOUT_MS = 240_000;

/** Trino in one small process, with one catalogue, `delta`, over the files of this machine: names are kept in files too. */
export async function startTrino(): Promise<ServerProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-trino-'));
  const port = await findFreePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const { home } = await requireJava(TRINO_JAVA);
  await writeSettings(folder, endpoint, port);
  const { stop } = await startServer({
    name: 'Trino',
    program: join(home, 'bin', 'java'),
    args: [
      '-Xmx1G',
      '-XX:+UseSerialGC',
      '-XX:+ExitOnOutOfMemoryError',
      '-XX:TieredStopAtLevel=1',
      '-Djdk.attach.allowAttachSelf=true',
      '--add-modules=jdk.incubator.vector',
      '--enable-native-access=ALL-UNNAMED',
      `-Dnode.environment=conformance`,
      `-Dnode.id=conformance`,
      `-Dnode.bind-ip=127.0.0.1`,
      `-Dnode.internal-address=127.0.0.1`,
      `-Dnode.data-dir=${join(folder, 'data')}`,
      `-Dconfig=${join(folder, 'etc', 'config.properties')}`,
      `-Dlog.levels-file=${join(folder, 'etc', 'log.properties')}`,
      '-cp',
      join(TRINO_HOME, 'lib', '*'),
      'io.trino.server.TrinoServer',
    ],
    cwd: TRINO_HOME,
    findEndpoint: async () => ((await isStarted(endpoint)) ? endpoint : undefined),
    timeoutMs: START_TIMEOUT_MS,
  });
  return {
    endpoint,
    async stop() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writeSettings(folder: string, endpoint: string, port: number): Promise<void> {
  const catalogs = join(folder, 'etc', 'catalog');
  await mkdir(catalogs, { recursive: true });
  await mkdir(join(folder, 'data'));
  const settings = (lines: Readonly<Record<string, string>>) =>
    Object.entries(lines)
      .map(([name, value]) => `${name}=${value}\n`)
      .join('');
  await writeFile(
    join(folder, 'etc', 'config.properties'),
    settings({
      coordinator: 'true',
      'node-scheduler.include-coordinator': 'true',
      'http-server.http.port': String(port),
      'discovery.uri': endpoint,
      // it is its own worker, which may seem away where the machine is busy
      'failure-detector.enabled': 'false',
      'query-manager.required-workers': '1',
      'plugin.dir': join(TRINO_HOME, 'plugin'),
      'catalog.config-dir': catalogs,
    }),
  );
  await writeFile(join(folder, 'etc', 'log.properties'), settings({ io: 'WARN', Bootstrap: 'WARN' }));
  await writeFile(
    join(catalogs, 'delta.properties'),
    settings({
      'connector.name': 'delta_lake',
      'hive.metastore': 'file',
      'hive.metastore.catalog.dir': `local://${join(folder, 'metastore')}`,
      'delta.register-table-procedure.enabled': 'true',
      'fs.native-local.enabled': 'true',
      'local.location': '/',
    }),
  );
}

async function isStarted(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint}/v1/info`);
    return response.ok && !((await response.json()) as { readonly starting: boolean }).starting;
  } catch {
    // not yet: whoever asks gives up by the clock
    return false;
  }
}
