import { field, struct } from '../../../src/columns/types.ts';

/** What every writer of a race writes: who it is, and which of its rows this is. */
export const raceSchema = struct([field('writer', 'integer'), field('row', 'long')]);

export const ROWS_PER_COMMIT = 3;

/** The application whose `txn` counts a writer's commits. */
export const racerOf = (writer: number) => `racer/${writer}`;
