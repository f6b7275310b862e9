import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UsageError } from '../src/errors.ts';
import { collectFleets } from '../src/fleet/index.ts';
import type { Fleet } from '../src/fleet/model.ts';
import { registerSelf } from './fleet-modules.ts';

/** The fleets that come with the product. */
export const SHIPPED_FLEETS = fileURLToPath(new URL('../fleets/index.ts', import.meta.url));
const MODULE = /\.(?:ts|mts|js|mjs)$/;

/** The modules behind `--fleets PATH`: the file, or every module of the folder but tests and declarations. */
export async function findFleetModules(path: string): Promise<readonly string[]> {
  const absolute = resolve(path);
  let folder: boolean;
  try {
    folder = (await stat(absolute)).isDirectory();
  } catch (cause) {
    throw new UsageError(`fleets ${path}: no such file or folder`, { cause });
  }
  if (!folder) {
    if (!MODULE.test(absolute)) throw new UsageError(`fleets ${path}: not a .ts, .mts, .js or .mjs module`);
    return [absolute];
  }
  const names = (await readdir(absolute)).filter(
    (name) => MODULE.test(name) && !/\.(?:d|test)\.m?ts$/.test(name),
  );
  if (names.length === 0)
    throw new UsageError(`fleets ${path}: the folder holds no .ts, .mts, .js or .mjs module`);
  // an index names the others: taking both would only find everything twice
  const index = names.find((name) => name.startsWith('index.'));
  return (index === undefined ? names.sort() : [index]).map((name) => join(absolute, name));
}

/**
 * Loads fleet definitions: the shipped ones, or those of a module or folder anywhere.
 *
 * @throws UsageError in one line that names the file, for what its author can mend
 */
export async function loadFleets(path?: string): Promise<readonly Fleet[]> {
  registerSelf();
  const files = path === undefined ? [SHIPPED_FLEETS] : await findFleetModules(path);
  const exported: Record<string, unknown> = {};
  for (const file of files) {
    for (const [name, value] of Object.entries(await importModule(file))) exported[`${file} ${name}`] = value;
  }
  const fleets = collectSideBySide(path ?? SHIPPED_FLEETS, exported);
  if (fleets.length === 0)
    throw new UsageError(`${path ?? SHIPPED_FLEETS} exports no fleet: export const … = defineFleet({ … })`);
  return fleets;
}

/**
 * The fleets of several sources side by side, as one lake has them. Of two fleets with one name the earlier source's stands.
 *
 * @param sources paths as `--fleets` takes them; none: the shipped fleets
 */
export async function loadFleetSources(sources: readonly string[]): Promise<readonly Fleet[]> {
  if (sources.length === 0) return loadFleets();
  const byName = new Map<string, Fleet>();
  for (const source of sources) {
    for (const fleet of await loadFleets(source)) if (!byName.has(fleet.name)) byName.set(fleet.name, fleet);
  }
  return collectSideBySide(sources.join(', '), Object.fromEntries(byName));
}

function collectSideBySide(path: string, exported: Readonly<Record<string, unknown>>): readonly Fleet[] {
  try {
    return collectFleets(exported);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw new UsageError(`${path}: ${cause.message}`, { cause });
  }
}

async function importModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${file}: ${message.split('\n')[0]}`, { cause: error });
  }
}
