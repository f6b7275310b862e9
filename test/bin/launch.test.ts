import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const LAUNCHER = new URL('../../bin/launch.mjs', import.meta.url);

/** Runs what was launched, and says what it was given; warns of its own, and of what is experimental, in a worker too. */
const PROGRAM = `
  import { DatabaseSync } from 'node:sqlite';
  import { Worker, isMainThread } from 'node:worker_threads';
  const typed: string[] = process.argv.slice(2);
  new DatabaseSync(':memory:').close();
  process.emitWarning(isMainThread ? 'told in the main thread' : 'told in a worker');
  if (isMainThread) {
    await new Promise((resolve) => new Worker(new URL(import.meta.url)).once('exit', resolve));
    process.on('SIGTERM', () => process.exit(5));
    console.log(JSON.stringify({ args: typed, node: process.versions.node, self: process.argv[1] }));
    if (typed[0] === 'wait') setInterval(() => {}, 1_000);
    else process.exitCode = 3;
  }`;

let project: string;
beforeEach(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), 'tributary launch-')));
  await mkdir(join(project, 'bin'));
  await mkdir(join(project, 'node_modules', 'node', 'bin'), { recursive: true });
  await copyFile(LAUNCHER, join(project, 'bin', 'launch.mjs'));
  await writeFile(join(project, 'bin', 'program.ts'), PROGRAM);
});
afterEach(() => rm(project, { recursive: true }));

/** An entry point that takes itself for an old Node, until it was launched once, or for ever. */
async function writeEntry(pretend: 'nothing' | 'old' | 'old-for-ever'): Promise<void> {
  const old = `Object.defineProperty(process.versions, 'node', { value: '20.9.0' });`;
  const pretence = {
    nothing: '',
    old: `if (!process.env.TRIBUTARY_LAUNCHED) { ${old} delete process.execve; }`,
    'old-for-ever': `${old} delete process.execve;`,
  }[pretend];
  const entry = `import { launch } from './launch.mjs';
    ${pretence}
    launch(new URL('./program.ts', import.meta.url), process.argv.slice(2));`;
  await writeFile(join(project, 'bin', 'entry.mjs'), entry);
}

const bundled = () => join(project, 'node_modules', 'node', 'bin', 'node');

function start(...args: string[]) {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [join(project, 'bin', 'entry.mjs'), ...args], { env });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => ({ code, signal, ...output }));
  return { child, ended };
}

it.each(['nothing', 'old'] as const)('starts the program where the Node pretends %s', async (pretend) => {
  await writeEntry(pretend);
  await symlink(process.execPath, bundled());
  const { code, stdout, stderr } = await start('--for', '2 s').ended;
  expect(JSON.parse(stdout)).toEqual({
    args: ['--for', '2 s'],
    node: process.versions.node,
    self: join(project, 'bin', 'program.ts'),
  });
  expect(code).toBe(3);
  // every warning but those of what we chose
  expect(stderr).toContain('told in the main thread');
  expect(stderr).toContain('told in a worker');
  expect(stderr).not.toContain('Experimental');
});

it.each(['nothing', 'old'] as const)(
  'hands signals to the program where the Node pretends %s',
  async (pretend) => {
    await writeEntry(pretend);
    await symlink(process.execPath, bundled());
    const { child, ended } = start('wait');
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 5, signal: null });
  },
);

it.each([
  { what: 'no other Node is there', prepare: async () => {} },
  { what: 'the other one is too old as well', prepare: () => symlink(process.execPath, bundled()) },
  {
    what: 'the other one does not run',
    prepare: () => writeFile(bundled(), 'not a program', { mode: 0o644 }),
  },
])('says in one line what to do where $what', async ({ prepare }) => {
  await writeEntry('old-for-ever');
  await prepare();
  const { code, stdout, stderr } = await start('start').ended;
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^tributary: Node 20\.9\.0 is too old[^\n]*run "npm ci"[^\n]*\n$/);
  expect(code).toBe(2);
});
