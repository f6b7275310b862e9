import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireJava } from '../java.ts';
import { copyArtifact } from '../maven.ts';
import { CACHE } from '../places.ts';
import { runCommand } from '../run-command.ts';

/** The last one whose server lies in Maven Central. */
const VERSION = '476';
/** What it runs on. */
export const TRINO_JAVA = 24;

export const TRINO_HOME = join(CACHE, `trino-${VERSION}`);

/** Fetches Trino and leaves of its plugins the one for Delta. The mark is written last: half a copy is made anew. */
export async function installTrino(): Promise<void> {
  await requireJava(TRINO_JAVA);
  const ready = join(TRINO_HOME, 'ready');
  if (existsSync(ready)) return;
  console.log(`fetching Trino ${VERSION} (once)`);
  await rm(TRINO_HOME, { recursive: true, force: true });
  await mkdir(TRINO_HOME, { recursive: true });
  await copyArtifact(`io.trino:trino-server:${VERSION}:tar.gz`, TRINO_HOME);
  const archive = join(TRINO_HOME, `trino-server-${VERSION}.tar.gz`);
  const unpack = ['-xzf', archive, '--strip-components=1', '-C', TRINO_HOME];
  const { code, output } = await runCommand('tar', unpack);
  if (code !== 0) throw new Error(`tar cannot unpack ${archive}: ${output.trim()}`);
  await rm(archive);
  for (const plugin of await readdir(join(TRINO_HOME, 'plugin'))) {
    if (plugin !== 'delta-lake') await rm(join(TRINO_HOME, 'plugin', plugin), { recursive: true });
  }
  await writeFile(ready, VERSION);
}
