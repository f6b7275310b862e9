import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { UsageError } from '../../src/errors.ts';
import { CorruptLogError, DeltaError } from '../../src/delta/index.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import type { SqlEngine } from '../../src/sql/sql-engine.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { guardHost } from './guard.ts';
import type { LiveHub } from './live-hub.ts';
import type { MessageSearch } from './message-search.ts';
import { pageFiles } from './page-files.ts';
import type { QueryDesk } from './query-desk.ts';
import { fleetRoutes } from './routes/fleet-routes.ts';
import { liveRoutes } from './routes/live-routes.ts';
import { quarantineRoutes } from './routes/quarantine-routes.ts';
import { sqlRoutes } from './routes/sql-routes.ts';
import { streamRoutes } from './routes/stream-routes.ts';
import { tableRoutes } from './routes/table-routes.ts';

export type WebDeps = {
  readonly fleets: readonly Fleet[];
  readonly lake: ObjectStore;
  readonly hub: LiveHub;
  readonly search: MessageSearch;
  readonly desk: QueryDesk;
  /** for tiles and previews */
  readonly engine: SqlEngine;
  /** of the built page */
  readonly folder: string;
  /** the port that requests have to name */
  readonly port: () => number;
  /** hears of errors that are nobody's mistake */
  readonly report: (error: Error) => void;
};

/** A query is text that somebody typed. */
const MOST_BODY_BYTES = 1 << 20;

function apiRoutes(deps: WebDeps) {
  return new Hono()
    .route('/', liveRoutes(deps.hub))
    .route('/fleets', fleetRoutes(deps))
    .route('/stream', streamRoutes(deps))
    .route('/tables', tableRoutes(deps))
    .route('/quarantine', quarantineRoutes(deps))
    .route('/sql', sqlRoutes(deps));
}

/** The API's routes as a type, from which the page's client knows every request and answer (docs/api.md). */
export type Api = ReturnType<typeof apiRoutes>;

/** The page and its API. An error is `{ "error": "one line" }` with 400 for what the asker can mend. */
export function createWebApp(deps: WebDeps): Hono {
  const app = new Hono();
  app.use(guardHost(deps.port));
  app.use('/api/*', async (context, next) => {
    await next();
    context.header('cache-control', 'no-store');
  });
  app.use('/api/*', bodyLimit({ maxSize: MOST_BODY_BYTES }));
  app.route('/api/v1', apiRoutes(deps));
  app.all('/api/*', (context) =>
    context.json({ error: `there is no ${context.req.method} ${context.req.path}` }, 404),
  );
  app.route('/', pageFiles(deps.folder));
  app.onError((error, context) => {
    if (isMendable(error)) return context.json({ error: oneLine(error) }, 400);
    if (error instanceof HTTPException) return context.json({ error: oneLine(error) }, error.status);
    deps.report(error);
    return context.json({ error: oneLine(error) }, 500);
  });
  return app;
}

/** What the asker named wrongly: a version that a table does not have, too. */
function isMendable(error: Error): boolean {
  return error instanceof UsageError || (error instanceof DeltaError && !(error instanceof CorruptLogError));
}

function oneLine({ message }: Error): string {
  return message.replaceAll(/\s*\n\s*/g, ' ');
}
