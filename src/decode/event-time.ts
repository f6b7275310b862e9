import type { Table } from '../fleet/model.ts';
import type { Problem } from './failure.ts';

/** What is wrong with an event time, beside the arrival; both in milliseconds. */
export type CheckTime = (eventMillis: number, arrivedAt: number) => Problem | undefined;

/** Judges event times against arrival, never the clock: a replay judges as the first attempt did. */
export function compileTimeCheck({ maxAhead, maxAge }: Table): CheckTime {
  return (eventMillis, arrivedAt) => {
    if (eventMillis > arrivedAt + maxAhead) {
      return {
        reason: 'time-ahead',
        detail: describeTime(eventMillis, arrivedAt, `${maxAhead} ms ahead of`),
      };
    }
    if (maxAge !== undefined && eventMillis < arrivedAt - maxAge) {
      return { reason: 'too-old', detail: describeTime(eventMillis, arrivedAt, `${maxAge} ms behind`) };
    }
    return undefined;
  };
}

function describeTime(eventMillis: number, arrivedAt: number, bound: string): string {
  const [event, arrival] = [eventMillis, arrivedAt].map((millis) => new Date(millis).toISOString());
  return `expected a time at most ${bound} the arrival at ${arrival}, received ${event}`;
}
