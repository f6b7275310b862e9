import type { Need } from './check.ts';
import { startMiniStack } from './ministack.ts';
import { startMoto } from './moto.ts';
import type { ServerProcess } from './server-process.ts';

export type S3Server = { readonly need: Need; readonly name: string; start(): Promise<ServerProcess> };

/** Everybody's S3 that runs here and keeps conditional writes apart. */
export const S3_SERVERS: readonly S3Server[] = [
  { need: 'moto', name: 'moto', start: startMoto },
  { need: 'ministack', name: 'MiniStack', start: startMiniStack },
];

/** A region whose buckets say where they are. */
export const REGION = 'eu-central-1';

/** Runs `work` beside a server; `env` is what a client has to have in its environment to find it. */
export async function withS3(
  server: S3Server,
  work: (env: NodeJS.ProcessEnv) => Promise<void>,
): Promise<void> {
  const { endpoint, stop } = await server.start();
  try {
    await work({
      ...process.env,
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      // delta-rs asks for it before it speaks plain HTTP
      AWS_ALLOW_HTTP: 'true',
    });
  } finally {
    await stop();
  }
}
