/** The fresh process of `first-batch.ts`: prints what its imports and its first batch cost, CPU milliseconds, as JSON. */
import { ingestBatch } from '../src/ingest/ingest-batch.ts';
import { createBenchEnvironment, makeRun } from './readings.ts';

// up to here the process has started Node and read its modules; Node alone takes what an empty script takes
const imports = cpuMillis();
const run = makeRun(1_000);
const begun = cpuMillis();
await ingestBatch([run], createBenchEnvironment());
const batch = cpuMillis() - begun;
process.stdout.write(JSON.stringify({ imports, batch, together: imports + batch }));

function cpuMillis(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
