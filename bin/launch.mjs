// For old Nodes too (12.20 and up): no top-level await, no newer syntax, no `node:` imports. It finds the Node 24 that the
// project brings along (the npm package `node`), or says in one line what to do. All behind it is TypeScript, which only
// that Node runs as it is.
import { spawn } from 'child_process';
import { existsSync } from 'fs';
import { fileURLToPath } from 'url';

const NEEDED = 24;
const BUNDLED = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));

/** Set for the Node that was found: should that be too old as well, looking again would never end. */
const LAUNCHED = 'TRIBUTARY_LAUNCHED';

/**
 * node:sqlite and running TypeScript as it is are what we chose; every other warning is printed as ever. Worker threads and
 * child processes heed it as well, but only what stands there when Node starts.
 */
const QUIET = '--disable-warning=ExperimentalWarning --disable-warning=MODULE_TYPELESS_PACKAGE_JSON';

/**
 * Runs `module` under Node 24 with `args`. What this process was given passes on: standard streams, signals, exit code.
 *
 * @param {URL} module
 * @param {string[]} args
 */
export function launch(module, args) {
  const launched = process.env[LAUNCHED] !== undefined;
  delete process.env[LAUNCHED];
  const suits = Number.parseInt(process.versions.node, 10) >= NEEDED;
  if (suits && (launched || isQuiet())) {
    process.argv = [process.argv[0], fileURLToPath(module), ...args];
    // a rejection ends the process with its stack, as that of a static import does
    void import(module.href);
  } else if (suits) {
    startAgain(process.execPath);
  } else if (!launched && existsSync(BUNDLED)) {
    startAgain(BUNDLED);
  } else {
    refuse('is too old');
  }
}

function isQuiet() {
  return (process.env.NODE_OPTIONS || '').includes(QUIET);
}

function startAgain(node) {
  const env = { ...process.env, [LAUNCHED]: '1' };
  if (!isQuiet()) env.NODE_OPTIONS = `${env.NODE_OPTIONS || ''} ${QUIET}`.trim();
  const args = [...process.execArgv, ...process.argv.slice(1)];
  // in place of this process where Node can (23.11 and up, not on Windows): signals need no handing on then
  if (process.execve !== undefined && process.platform !== 'win32')
    process.execve(node, [node, ...args], env);
  else startBelow(node, args, env);
}

function startBelow(node, args, env) {
  const child = spawn(node, args, { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // a terminal sends its Ctrl-C to both of us: handed on as well, it would be the second one, which does not ask
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => refuse(`is too old, and ${node} does not run (${error.message})`));
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code;
      return;
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function refuse(reason) {
  console.error(
    `tributary: Node ${process.versions.node} ${reason}: run "npm ci" with install scripts allowed, ` +
      `which brings Node ${NEEDED} along, or use Node ${NEEDED} or newer`,
  );
  process.exitCode = 2;
}
