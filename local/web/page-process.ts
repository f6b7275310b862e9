/**
 * The process of the page: everything that it reads, asks and answers. It is a process of its own, so that a query that takes
 * all its memory, or a browser that asks much, takes nothing from the broker and the ingest; the operating system lets them
 * go first as well. It ends with its parent, however that ends.
 */
import { createAdaptorServer } from '@hono/node-server';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../src/errors.ts';
import { createDuckDbEngine } from '../../src/sql/duckdb.ts';
import { sweepSessions } from '../../src/sql/staging.ts';
import { createFolderStore } from '../../src/stores/folder-store.ts';
import { listen } from '../listen.ts';
import { loadFleetSources } from '../load-fleets.ts';
import { createWebApp } from './app.ts';
import { createLakeFollower } from './lake-follower.ts';
import { startLiveHub } from './live-hub.ts';
import { openMessageSearch } from './message-search.ts';
import type { FromPage, PageSettings, ToPage } from './page-protocol.ts';
import { createQueryDesk } from './query-desk.ts';

const NICENESS = 5;
const TILE_MEMORY = 256 * 2 ** 20;

const tell = (message: FromPage) => process.send?.(message);
let open: AsyncDisposableStack | undefined;
let hub: ReturnType<typeof startLiveHub> | undefined;

// a terminal sends its Ctrl-C to both of us: the parent says when to end
process.on('SIGINT', () => undefined);
// its parent is gone, however that ended. An exit would wait for the query that may be running
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (message: ToPage) => {
  if (message.kind === 'begin') void begin(message.settings);
  else if (message.kind === 'report') hub?.report(message.report);
  else void end();
});

async function begin(settings: PageSettings): Promise<void> {
  setPriority(NICENESS);
  try {
    await using parts = new AsyncDisposableStack();
    const fleets = await loadFleetSources(settings.fleetSources);
    const lake = createFolderStore(settings.lake);
    const stagingDirectory = join(tmpdir(), 'tributary-page');
    await sweepSessions(stagingDirectory);
    const search = parts.adopt(openMessageSearch(settings.stream), (each) => each.close());
    const engine = createDuckDbEngine({ stagingDirectory, threads: 1, memoryLimit: TILE_MEMORY });
    parts.defer(() => engine.close());
    const desk = createQueryDesk({ lake, fleets, stagingDirectory });
    parts.defer(() => desk.close());
    hub = startLiveHub(createLakeFollower(lake, fleets));
    parts.adopt(hub, (each) => each.stop());
    let port = 0;
    const app = createWebApp({
      fleets,
      lake,
      hub,
      search,
      desk,
      engine,
      folder: settings.folder,
      port: () => port,
      report: (error) => console.error(error),
    });
    const server = createAdaptorServer({ fetch: app.fetch }) as Server;
    await listenOnFirst(server, settings.ports);
    parts.defer(() => closeServer(server));
    ({ port } = server.address() as AddressInfo);
    open = parts.move();
    tell({ kind: 'listening', port });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    tell({ kind: 'refused', message: error.message });
  }
}

/** A port that is taken is no matter as long as there is another. */
async function listenOnFirst(server: Server, ports: readonly number[]): Promise<void> {
  for (const [i, port] of ports.entries()) {
    try {
      await listen(server, { port, flag: '--port' });
      return;
    } catch (error) {
      if (i === ports.length - 1) throw error;
    }
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

async function end(): Promise<void> {
  await open?.disposeAsync();
  process.exit();
}
