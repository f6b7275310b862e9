import { existsSync } from 'node:fs';
import { installArm64Node } from './arm64-node.ts';
import type { Missing, Need } from './check.ts';
import { installConnect } from './connect/installation.ts';
import { installKafka } from './kafka/installation.ts';
import { installMosquitto } from './mosquitto.ts';
import { DELTA_CHECK } from './places.ts';
import { demand, pythonEnvironment } from './python-environment.ts';
import { installSpark } from './spark/installation.ts';
import { installTrino } from './trino/installation.ts';

const environment = await pythonEnvironment(new URL('./requirements.txt', import.meta.url));

/** The Python that has the engines of `requirements.txt`. */
export const PYTHON = environment.python;

/** Brings what a need stands for, or rejects with the reason why it cannot be had. */
const SET_UPS: Readonly<Record<Need, () => Promise<void>>> = {
  pyarrow: () => importModule('pyarrow.parquet'),
  deltalake: () => importModule('deltalake'),
  moto: () => importModule('moto.server'),
  ministack: () => importModule('ministack.app'),
  'cfn-lint': () => importModule('cfnlint'),
  spark: installSpark,
  trino: installTrino,
  mosquitto: installMosquitto,
  connect: installConnect,
  kafka: installKafka,
  'arm64-node': installArm64Node,
  shared: findShared,
};

/** Sets up what is needed and not there yet, and says what is missing all the same, and why. */
export async function setUpEngines(needs: ReadonlySet<Need>): Promise<Missing> {
  const missing = new Map<Need, string>();
  for (const need of needs) {
    try {
      await SET_UPS[need]();
    } catch (error) {
      missing.set(need, error instanceof Error ? error.message : String(error));
    }
  }
  return missing;
}

async function importModule(module: string): Promise<void> {
  await environment.install();
  await demand(PYTHON, ['-c', `import ${module}`]);
}

function findShared(): Promise<void> {
  if (existsSync(DELTA_CHECK)) return Promise.resolve();
  const why = `${DELTA_CHECK} is not there: set TRIBUTARY_SHARED to the folder that has it`;
  return Promise.reject(new Error(why));
}
