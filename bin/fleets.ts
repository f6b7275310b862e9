import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadFleets } from '../local/load-fleets.ts';
import { UsageError } from '../src/errors.ts';
import type { Fleet, Table } from '../src/fleet/model.ts';
import { writeFileAtomically } from '../local/data-dir.ts';
import type { CommonOptions } from './options.ts';

/** The fleets that a command works with, and where they came from (undefined: the shipped ones). */
export type ChosenFleets = { readonly fleets: readonly Fleet[]; readonly path: string | undefined };

const SETTINGS = 'settings.json';

/**
 * `--fleets`, or else what `start` used last on this data dir, or else the shipped fleets: so that `npm run sql` and
 * `npm run verify` speak of the tables that are there.
 */
export async function chooseFleets(options: CommonOptions): Promise<ChosenFleets> {
  const path = options.fleets === undefined ? await recallFleets(options.dataDir) : resolve(options.fleets);
  return { fleets: await loadFleets(path), path };
}

export async function rememberFleets(dataDir: string, path: string | undefined): Promise<void> {
  await writeFileAtomically(join(dataDir, SETTINGS), `${JSON.stringify({ fleets: path ?? null })}\n`);
}

async function recallFleets(dataDir: string): Promise<string | undefined> {
  const file = join(dataDir, SETTINGS);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    // nothing was run here yet, or it cannot be read: the command itself will say so
    return undefined;
  }
  try {
    return (JSON.parse(text) as { readonly fleets: string | null }).fleets ?? undefined;
  } catch (cause) {
    throw new UsageError(`${file} is not JSON: delete it and pass --fleets`, { cause });
  }
}

export function findFleet(fleets: readonly Fleet[], name: string): Fleet {
  const fleet = fleets.find((each) => each.name === name);
  if (fleet !== undefined) return fleet;
  throw new UsageError(
    `no fleet ${JSON.stringify(name)}; there are ${fleets.map((each) => each.name).join(', ')}`,
  );
}

/** The named table, or the only one there is. */
export function findTable(fleet: Fleet, name: string | undefined): Table {
  const names = Object.keys(fleet.tables);
  const wanted = name ?? (names.length === 1 ? names[0] : undefined);
  if (wanted === undefined)
    throw new UsageError(
      `fleet ${fleet.name} has several tables; pass --table with one of ${names.join(', ')}`,
    );
  const table = fleet.tables[wanted];
  if (table !== undefined) return table;
  throw new UsageError(
    `fleet ${fleet.name} has no table ${JSON.stringify(wanted)}; there are ${names.join(', ')}`,
  );
}
