import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HOST, listen } from './listen.ts';

export type StatusServer = {
  /** `http://127.0.0.1:8080/api/v1/status` */
  readonly url: string;
  close(): Promise<void>;
};

const PATH = '/api/v1/status';

/**
 * Tells programs on this machine how the run is, as JSON. Requests under another host's name are refused: a page from
 * elsewhere may have its name resolve to 127.0.0.1 (DNS rebinding).
 *
 * @throws UsageError where the port is taken
 */
export async function startStatusServer(options: {
  /** 0: any free one */
  readonly port: number;
  readonly status: () => object;
}): Promise<StatusServer> {
  const server = createServer((request, response) => answer(request, response, options.status));
  await listen(server, { port: options.port, flag: '--port' });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${port}${PATH}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, status: () => object): void {
  const [name] = (request.headers.host ?? '').split(':');
  if (name !== HOST && name !== 'localhost')
    return end(response, 403, { error: 'this server is for 127.0.0.1 only' });
  if (request.url !== PATH) return end(response, 404, { error: `there is ${PATH} only` });
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, { error: 'GET only' });
  end(response, 200, status());
}

function end(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
