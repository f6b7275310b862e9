import { checkAction } from './action-shape.ts';
import type { Action } from './actions.ts';
import { CorruptLogError } from './errors.ts';

/** Every kind of action that a commit may hold. What the replay does not need is known, and passed over. */
const KNOWN = new Set([
  'add',
  'remove',
  'metaData',
  'protocol',
  'txn',
  'commitInfo',
  'domainMetadata',
  'cdc',
  'checkpointMetadata',
  'sidecar',
]);

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** A commit's bytes: one action a line. */
export function formatCommit(actions: readonly Action[]): Uint8Array {
  return encoder.encode(actions.map((action) => `${JSON.stringify(action)}\n`).join(''));
}

/**
 * The actions of a commit, in their order.
 * @param path of the file, for the message
 * @throws CorruptLogError where a line is no action
 */
export function parseCommit(bytes: Uint8Array, path: string): Action[] {
  const lines = decodeText(bytes, path).split('\n');
  return lines.flatMap((line, i) => (line.trim() === '' ? [] : parseLine(line, `line ${i + 1}`, path)));
}

function decodeText(bytes: Uint8Array, path: string): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new CorruptLogError(path, 'holds bytes that are no UTF-8', { cause: error });
  }
}

function parseLine(line: string, where: string, path: string): Action[] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new CorruptLogError(path, `${where} is no JSON: the commit is cut off or was damaged`, {
      cause: error,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CorruptLogError(path, `${where} is no action`);
  }
  // a writer may name the other kinds with null beside the one that it means
  const kinds = Object.keys(value).filter((kind) => (value as Record<string, unknown>)[kind] !== null);
  const [kind] = kinds;
  if (kind === undefined) return [];
  if (kinds.length > 1)
    throw new CorruptLogError(path, `${where} holds several actions: ${kinds.join(', ')}`);
  if (!KNOWN.has(kind)) throw new CorruptLogError(path, `${where} holds the unknown action ${kind}`);
  return [checkAction({ [kind]: (value as Record<string, unknown>)[kind] } as Action, where, path)];
}
