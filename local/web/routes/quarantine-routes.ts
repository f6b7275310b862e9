import { Hono } from 'hono';
import { realDeps } from '../../../src/delta/real-deps.ts';
import { UsageError } from '../../../src/errors.ts';
import { QUARANTINE_PATH } from '../../../src/fleet/index.ts';
import type { Fleet } from '../../../src/fleet/model.ts';
import { createIngestDeps } from '../../../src/ingest/ingest-deps.ts';
import { createLake } from '../../../src/ingest/lake.ts';
import { findQuarantined, listQuarantine } from '../../../src/ingest/list-quarantine.ts';
import { replayQuarantine } from '../../../src/ingest/replay-quarantine.ts';
import { type ObjectStore, prefixedStore } from '../../../src/stores/object-store.ts';
import { listForMachines, messageForMachines, parseOrigin } from '../../quarantine-json.ts';
import { moment, takeQuery, takeTexts, wholeNumber } from '../input.ts';

/** What could not become rows: counts, messages, and another try for a selection. */
export function quarantineRoutes(deps: { readonly lake: ObjectStore; readonly fleets: readonly Fleet[] }) {
  const store = prefixedStore(deps.lake, `${QUARANTINE_PATH}/`);
  let replaying = false;
  return new Hono()
    .get('/', takeQuery('reason', 'table', 'since', 'limit'), async (context) => {
      const { reason, table, since, limit } = context.req.valid('query');
      const list = await listQuarantine(
        store,
        { reason, table, since: moment(since, 'since') },
        wholeNumber(limit, 'limit', { min: 1, max: 500 }) ?? 50,
      );
      return context.json(listForMachines(list));
    })
    .get('/message', takeQuery('origin'), async (context) => {
      const { origin } = context.req.valid('query');
      if (origin === undefined) throw new UsageError('origin is missing: give one as the list has it');
      const rows = await findQuarantined(store, parseOrigin(origin));
      return context.json({ messages: rows.map(messageForMachines) });
    })
    .post('/replay', takeTexts([], ['reason', 'table', 'since', 'limit']), async (context) => {
      const { reason, table, since, limit } = context.req.valid('json');
      // two of them would only meet each other's commits
      if (replaying) throw new UsageError('another replay is under way: wait for its end');
      replaying = true;
      try {
        const report = await replayQuarantine(
          {
            reason,
            table,
            since: moment(since, 'since'),
            limit: wholeNumber(limit, 'limit', { min: 1 }),
          },
          createIngestDeps(createLake(deps.lake, realDeps), deps.fleets),
        );
        return context.json(report);
      } finally {
        replaying = false;
      }
    });
}
