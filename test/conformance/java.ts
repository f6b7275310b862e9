import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

/** Where systems keep their Javas, one a folder; on macOS the home is further down. */
const FOLDERS = ['/usr/lib/jvm', '/Library/Java/JavaVirtualMachines'];

export type Java = { readonly home: string; readonly version: number };

/** The Javas of this machine, oldest first: `JAVA_HOME`, the one on the path, and where the system keeps others. */
export async function findJavas(): Promise<readonly Java[]> {
  const named = process.env['JAVA_HOME'];
  const kept = FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) => {
    return readdirSync(folder).flatMap((name) => [
      join(folder, name),
      join(folder, name, 'Contents', 'Home'),
    ]);
  });
  const homes = [...(named === undefined ? [] : [named]), ...kept];
  const programs = homes.map((home) => join(home, 'bin', 'java')).filter((java) => existsSync(java));
  const javas = await Promise.all([...programs, 'java'].map(askJava));
  return javas.filter((java) => java !== undefined).sort((a, b) => a.version - b.version);
}

async function askJava(program: string): Promise<Java | undefined> {
  try {
    const { code, output } = await runCommand(program, ['-XshowSettings:properties', '-version']);
    const version = /java\.specification\.version = (\d+)/.exec(output)?.[1];
    const home = /java\.home = (.+)/.exec(output)?.[1];
    return code === 0 && version !== undefined && home !== undefined
      ? { home, version: Number(version) }
      : undefined;
  } catch (error) {
    // no such program: this machine has no Java there
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The oldest Java from a version on, up to another one.
 * @throws Error that says what was found instead
 */
export async function requireJava(from: number, to = Number.MAX_SAFE_INTEGER): Promise<Java> {
  const javas = await findJavas();
  const found = javas.find(({ version }) => version >= from && version <= to);
  if (found !== undefined) return found;
  const versions = javas.map(({ version }) => version).join(', ') || 'none';
  const wanted = to === Number.MAX_SAFE_INTEGER ? `${from} or newer` : `${from} to ${to}`;
  throw new Error(`Java ${wanted} is not there (found: ${versions}): install one, or set JAVA_HOME to it`);
}
