import { posix } from 'node:path';
import { readImports } from './read-imports.ts';
import { BASE, PACKAGES, PURE, ROOMS } from './rules.ts';

/** The bare specifiers that lead back into the repo. */
const ALIASES: Readonly<Record<string, string>> = { tributary: 'src/index.ts', '#fleets': 'fleets/index.ts' };

/** Everything in `files` (text by path from the root of the repo) that crosses a border, a line each. */
export function checkBorders(files: ReadonlyMap<string, string>): readonly string[] {
  const violations: string[] = [];
  for (const [file, text] of files) {
    const room = roomOf(file);
    if (room === undefined) continue;
    for (const { specifier, typeOnly, line } of readImports(file, text)) {
      const reason = findReason(file, room, specifier, typeOnly);
      if (reason !== undefined) violations.push(`${file}:${line}: ${reason}`);
    }
  }
  return violations;
}

function findReason(
  file: string,
  room: string,
  specifier: string | undefined,
  typeOnly: boolean,
): string | undefined {
  if (specifier === undefined) {
    return room.startsWith('src')
      ? `${room} imports what only a run can tell: hand it in instead`
      : undefined;
  }
  if (!specifier.startsWith('.') && ALIASES[specifier] === undefined) return checkPackage(room, specifier);
  const target = ALIASES[specifier] ?? posix.join(posix.dirname(file), specifier);
  if (BASE.includes(file)) return `${file} is the base that all share: it imports nothing, not ${target}`;
  if (BASE.includes(target) || roomOf(target) === room) return undefined;
  if (ALIASES[specifier] !== undefined && (room === 'examples' || room === 'lambdas')) return undefined;
  const { may, types = [] } = ROOMS[room] ?? { may: [] };
  if (may.some((allowed) => lies(target, allowed))) return undefined;
  if (!types.some((allowed) => lies(target, allowed))) return `${room} may not import ${target}`;
  return typeOnly ? undefined : `${room} may import the types of ${target} only`;
}

function checkPackage(room: string, specifier: string): string | undefined {
  const name = /^(fs)(\/|$)/.test(specifier) ? `node:${specifier}` : specifier;
  if (PURE.rooms.includes(room) && PURE.never.some((pattern) => matches(name, pattern))) {
    return `${room} knows nothing of AWS, Lambda or files, and imports ${specifier}: have it handed in`;
  }
  for (const { packages, only } of PACKAGES) {
    if (packages.some((pattern) => matches(name, pattern)) && !only.includes(room)) {
      return `${specifier} is known to ${only.join(', ')} only, not to ${room}`;
    }
  }
  return undefined;
}

function matches(specifier: string, pattern: string): boolean {
  if (pattern.endsWith('*')) return specifier.startsWith(pattern.slice(0, -1));
  return pattern.endsWith('/') ? specifier.startsWith(pattern) : specifier === pattern;
}

/** The room of a file; undefined where no border runs: tests, tools, benches. */
function roomOf(path: string): string | undefined {
  const [top = '', below = '', ...deeper] = path.split('/');
  const room = top === 'src' && deeper.length > 0 ? `src/${below}` : top;
  return room in ROOMS || top === 'src' ? room : undefined;
}

function lies(path: string, within: string): boolean {
  return path === within || path.startsWith(`${within}/`);
}
