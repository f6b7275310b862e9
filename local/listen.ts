import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { UsageError } from '../src/errors.ts';

/** The laptop's servers are for this machine alone. */
export const HOST = '127.0.0.1';

/** A port, 0 for any free one, and the flag by which the user can choose another. */
export type PortChoice = { readonly port: number; readonly flag: '--mqtt-port' | '--port' };

/** Resolves when the server listens. @throws UsageError where the port is taken or not ours to open. */
export async function listen(server: Server, choice: PortChoice): Promise<void> {
  // a whole fleet may come at once
  server.listen({ port: choice.port, host: HOST, backlog: 4096 });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw explain(error, choice);
  }
}

/** Looks before anything is made, so that a start that cannot succeed leaves nothing behind. */
export async function assertPortFree(choice: PortChoice): Promise<void> {
  if (choice.port === 0) return;
  const server = createServer();
  await listen(server, choice);
  server.close();
  await once(server, 'close');
}

function explain(error: unknown, { port, flag }: PortChoice): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new UsageError(`port ${port} is in use: pass ${flag} 0 or another`, { cause: error });
  if (code === 'EACCES') {
    return new UsageError(`port ${port} may not be opened: pass ${flag} 0 or one above 1023`, {
      cause: error,
    });
  }
  return error;
}
