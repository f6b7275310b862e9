import { join } from 'node:path';
import type { Check } from '../check.ts';
import { REPO } from '../places.ts';
import { runCommand } from '../run-command.ts';
import { S3_SERVERS, withS3 } from '../s3-servers.ts';

/** The contract of a store, word for word, with another S3 at the far end. */
export const s3Contract: readonly Check[] = S3_SERVERS.map((server) => ({
  name: `the S3 store keeps the contract of a store (${server.name})`,
  needs: [server.need],
  run: () =>
    withS3(server, async (env) => {
      const vitest = join(REPO, 'node_modules', 'vitest', 'vitest.mjs');
      const config = join(REPO, 'test', 'conformance', 'vitest.config.ts');
      const { code, output } = await runCommand(process.execPath, [vitest, 'run', '--config', config], {
        env: { ...env, NO_COLOR: '1' },
      });
      if (code !== 0) throw new Error(output.trim());
    }),
}));
