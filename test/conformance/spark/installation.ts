import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { requireJava } from '../java.ts';
import { copyArtifact } from '../maven.ts';
import { CACHE } from '../places.ts';
import { demand, pythonEnvironment } from '../python-environment.ts';

const DELTA = '4.0.0';
const ARTIFACTS = ['delta-spark_2.13', 'delta-storage'];
const FOLDER = join(CACHE, `delta-spark-${DELTA}`);

const environment = await pythonEnvironment(new URL('./requirements.txt', import.meta.url));

/** The Python that has Spark. */
export const SPARK_PYTHON = environment.python;

/** What makes a Delta engine of it. */
export const DELTA_JARS: readonly string[] = ARTIFACTS.map((name) => join(FOLDER, `${name}-${DELTA}.jar`));

/** The Java that Spark 4.0 runs on. */
export const findSparkJava = () => requireJava(17, 21);

export async function installSpark(): Promise<void> {
  await findSparkJava();
  await environment.install();
  await mkdir(FOLDER, { recursive: true });
  for (const [i, name] of ARTIFACTS.entries()) {
    if (!existsSync(DELTA_JARS[i]!)) await copyArtifact(`io.delta:${name}:${DELTA}`, FOLDER);
  }
  await demand(SPARK_PYTHON, ['-c', 'import pyspark.sql']);
}
