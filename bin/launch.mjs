// Plain JavaScript that old Nodes understand too: it finds the Node 24 that the project brings along (the npm package
// `node`), or says in one line what to do. All behind it is TypeScript, which only that Node runs as it is.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;

/**
 * Runs `module` (a file URL) under Node 24 with these arguments.
 *
 * @param {URL} module
 * @param {readonly string[]} args
 */
export async function launch(module, args = process.argv.slice(2)) {
  if (Number.parseInt(process.versions.node, 10) >= NEEDED) {
    silenceExperimentalWarnings();
    process.argv = [process.argv[0], fileURLToPath(module), ...args];
    await import(module.href);
    return;
  }
  const bundled = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(bundled)) {
    console.error(
      `tributary: Node ${process.versions.node} is too old and the Node ${NEEDED} that "npm ci" brings along is missing: ` +
        `run "npm ci" with install scripts allowed, or use Node ${NEEDED}`,
    );
    process.exitCode = 2;
    return;
  }
  const child = spawn(bundled, [process.argv[1], ...args], { stdio: 'inherit' });
  // a terminal's Ctrl-C reaches both; what is sent to this process alone is handed on
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, 'SIGKILL');
  });
}

/** node:sqlite and running TypeScript as it is are what we chose; every other warning is printed as ever. */
function silenceExperimentalWarnings() {
  const print = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    const expected =
      warning.name === 'ExperimentalWarning' || warning.code === 'MODULE_TYPELESS_PACKAGE_JSON';
    if (!expected) for (const listener of print) listener.call(process, warning);
  });
}
