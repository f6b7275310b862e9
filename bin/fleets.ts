import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadFleets, loadFleetSources, SHIPPED_FLEETS } from '../local/load-fleets.ts';
import { UsageError } from '../src/errors.ts';
import type { Fleet, Table } from '../src/fleet/model.ts';
import { writeFileAtomically } from '../local/data-dir.ts';
import type { CommonOptions } from './options.ts';

/** The fleets that a command works with. */
export type ChosenFleets = {
  /** every fleet that the data dir knows */
  readonly fleets: readonly Fleet[];
  /** those that were asked for: what `--fleets` names, or the shipped ones */
  readonly own: readonly Fleet[];
  /** the paths behind `fleets`, those of `own` first */
  readonly sources: readonly string[];
};

const SETTINGS = 'settings.json';

/**
 * One lake serves all fleets that were ever started on its data dir: their records may still lie on the stream, and their
 * tables want to be asked and verified. So what `--fleets` names (the shipped fleets by default) stands beside what was
 * used before; of two fleets with one name the newly named one counts.
 *
 * @param byDefault what a command takes without `--fleets`: the shipped fleets too, or what the data dir knows only
 */
export async function chooseFleets(
  options: CommonOptions,
  byDefault: 'shipped' | 'remembered' = 'remembered',
): Promise<ChosenFleets> {
  const remembered = await recallFleets(options.dataDir);
  const asked = options.fleets === undefined ? SHIPPED_FLEETS : resolve(options.fleets);
  if (options.fleets === undefined && byDefault === 'remembered' && remembered.length > 0) {
    const fleets = await loadFleetSources(remembered);
    return { fleets, own: fleets, sources: remembered };
  }
  const sources = [asked, ...remembered.filter((source) => source !== asked)];
  return { fleets: await loadFleetSources(sources), own: await loadFleets(asked), sources };
}

/** @param sources as `chooseFleets` gave them */
export async function rememberFleets(dataDir: string, sources: readonly string[]): Promise<void> {
  // the shipped fleets lie where the product lies, wherever that will be
  const fleets = sources.map((source) => (source === SHIPPED_FLEETS ? null : source));
  await writeFileAtomically(join(dataDir, SETTINGS), `${JSON.stringify({ fleets })}\n`);
}

/** What was used on this data dir, as far as it still exists. */
async function recallFleets(dataDir: string): Promise<readonly string[]> {
  const file = join(dataDir, SETTINGS);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    // nothing was run here yet, or it cannot be read: the command itself will say so
    return [];
  }
  try {
    const { fleets } = JSON.parse(text) as { readonly fleets: readonly (string | null)[] };
    return fleets.map((source) => source ?? SHIPPED_FLEETS).filter((source) => existsSync(source));
  } catch (cause) {
    throw new UsageError(`${file} is not what start wrote: delete it and pass --fleets`, { cause });
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
