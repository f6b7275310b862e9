import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Check } from '../check.ts';
import { REPO } from '../places.ts';
import { runCommand } from '../run-command.ts';

const DOCUMENT = join(REPO, 'docs', 'delta.md');
const MOST_LINES = 20;
const MOST_BYTES = 300_000;
const PACKED = /^(?:dist[\\/].*\.(?:js|d\.ts)|package\.json|README\.md|LICENSE)$/;

/** As strict as a consumer can be: declarations of ours and of what we bring are looked at as well. */
const COMPILER_OPTIONS = {
  module: 'nodenext',
  target: 'es2024',
  lib: ['es2024'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  outDir: 'out',
};

/** What a stranger gets: packed, installed in an empty project, compiled and run as docs/delta.md has it, to the letter. */
export const packedLibrary: Check = {
  name: 'the packed library does in an empty project what its documentation says',
  needs: [],
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-packed-'));
    try {
      const tarball = await pack(folder);
      await installIn(folder, tarball);
      const { example, printed } = await readDocument();
      await writeFile(join(folder, 'example.ts'), example);
      await run(folder, join(folder, 'node_modules', '.bin', 'tsc'), ['-p', '.']);
      const output = await run(folder, process.execPath, [join('out', 'example.js')]);
      if (output !== printed)
        throw new Error(`the example printed\n${output}\nwhere its document says\n${printed}`);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function pack(folder: string): Promise<string> {
  await run(REPO, 'npm', ['pack', '--pack-destination', folder]);
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error(`npm pack left nothing in ${folder}`);
  const { size } = await stat(join(folder, tarball));
  console.log(`${tarball}: ${size} bytes`);
  if (size > MOST_BYTES) throw new Error(`the library has ${size} bytes packed, more than ${MOST_BYTES}`);
  return join(folder, tarball);
}

async function installIn(folder: string, tarball: string): Promise<void> {
  const { devDependencies, dependencies } = JSON.parse(
    await readFile(join(REPO, 'package.json'), 'utf8'),
  ) as {
    readonly devDependencies: Readonly<Record<string, string>>;
    readonly dependencies: Readonly<Record<string, string>>;
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: ['example.ts'] }),
  );
  const tools = ['typescript', '@types/node'].map((name) => `${name}@${devDependencies[name]}`);
  await run(folder, 'npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball, ...tools]);
  await assertLean(join(folder, 'node_modules', 'tributary'));
  const installed = await readdir(join(folder, 'node_modules'));
  const lacking = Object.keys(dependencies).find((name) => !installed.includes(name.split('/')[0]!));
  if (lacking !== undefined) throw new Error(`${lacking} was not installed`);
  // what only the product needs has no place in somebody's function
  const heavy = Object.keys(devDependencies).find(
    (name) => !name.startsWith('@') && name !== 'typescript' && installed.includes(name),
  );
  if (heavy !== undefined) throw new Error(`${heavy} was installed, and the library does not need it`);
}

async function assertLean(packed: string): Promise<void> {
  const entries = await readdir(packed, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(packed, join(parentPath, name)));
  const stray = paths.find((path) => !PACKED.test(path));
  if (stray !== undefined) throw new Error(`${stray} is packed, and is no part of the library`);
}

/** The first example of the document and what it says that it prints. */
async function readDocument(): Promise<{ readonly example: string; readonly printed: string }> {
  const text = await readFile(DOCUMENT, 'utf8');
  const example = /^```ts\n([\s\S]*?)^```$/m.exec(text)?.[1];
  const printed = /^It prints\n\n```\n([\s\S]*?)^```$/m.exec(text)?.[1];
  if (example === undefined || printed === undefined) throw new Error(`${DOCUMENT} has no example`);
  const lines = example.trim().split('\n').length;
  if (lines > MOST_LINES) throw new Error(`the example has ${lines} lines, more than ${MOST_LINES}`);
  return { example, printed };
}

async function run(cwd: string, program: string, args: readonly string[]): Promise<string> {
  const { code, output } = await runCommand(program, args, { cwd });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${output.trim()}`);
  return output;
}
