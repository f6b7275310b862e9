import { demand, pythonEnvironment } from '../python-environment.ts';

const environment = await pythonEnvironment(new URL('./requirements.txt', import.meta.url));

/** The Python that has what docs/connect.md tells people to install. */
export const CONNECT_PYTHON = environment.python;

export async function installConnect(): Promise<void> {
  await environment.install();
  await demand(CONNECT_PYTHON, ['-c', 'import deltalake, duckdb, pandas, polars, pyathena, sqlalchemy']);
}
