import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { LiveHub } from '../live-hub.ts';
import type { LiveState } from '../live-state.ts';

/** The state of the run: once, or as it changes. */
export function liveRoutes(hub: LiveHub) {
  return new Hono()
    .get('/status', (context) => context.json({ state: hub.state() ?? null }))
    .get('/moments', (context) => context.json({ moments: hub.moments() }))
    .get('/events', (context) =>
      streamSSE(context, async (stream) => {
        let newest: LiveState | undefined;
        let wake = () => {};
        const unsubscribe = hub.subscribe((state) => {
          newest = state;
          wake();
        });
        stream.onAbort(() => wake());
        try {
          const first = hub.state();
          if (first !== undefined) await stream.writeSSE({ event: 'state', data: JSON.stringify(first) });
          while (!stream.aborted) {
            if (newest === undefined) {
              await new Promise<void>((resolve) => (wake = resolve));
              continue;
            }
            // whoever reads slowly gets the newest state, not every one
            const state = newest;
            newest = undefined;
            await stream.writeSSE({ event: 'state', data: JSON.stringify(state) });
          }
        } finally {
          unsubscribe();
        }
      }),
    );
}
