import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';

/** What the far end does with one request: answers, says nothing for ever, or hangs up after it took the body. */
export type Script =
  { readonly status: number; readonly code?: string; readonly body?: string } | 'silence' | 'hang-up';

export type SeenRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
};

export type ScriptedS3 = {
  readonly seen: SeenRequest[];
  /** A client whose SDK sends a request so many times at most. */
  readonly client: (maxAttempts: number) => () => Promise<S3Client>;
  readonly close: () => Promise<void>;
};

/**
 * An HTTP server on 127.0.0.1 that plays S3's answers in turn, the last one again and again: for what no emulator can be
 * brought to say.
 */
export async function startScriptedS3(...scripts: readonly Script[]): Promise<ScriptedS3> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://s3');
      seen.push({
        method: request.method ?? '',
        path: decodeURIComponent(pathname),
        query: Object.fromEntries(searchParams),
        headers: request.headers,
        body: Buffer.concat(chunks),
      });
      const script = scripts[Math.min(seen.length, scripts.length) - 1]!;
      if (script === 'hang-up') request.socket.destroy();
      else if (script !== 'silence') {
        const error = `<Error><Code>${script.code}</Code><Message>as scripted</Message></Error>`;
        response.writeHead(script.status, { 'content-type': 'application/xml' });
        response.end(script.body ?? (script.code === undefined ? '' : error));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const clients: S3Client[] = [];
  return {
    seen,
    client: (maxAttempts) => async () => {
      const client = new S3Client({
        endpoint: `http://127.0.0.1:${port}`,
        region: 'eu-central-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        forcePathStyle: true,
        maxAttempts,
        requestHandler: { requestTimeout: 250, throwOnRequestTimeout: true },
      });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
