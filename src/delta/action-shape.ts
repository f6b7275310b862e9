import type { Action } from './actions.ts';
import { CorruptLogError } from './errors.ts';

const TYPES = {
  add: { path: 'string', size: 'number', modificationTime: 'number', dataChange: 'boolean' },
  remove: { path: 'string' },
  txn: { appId: 'string', version: 'number' },
  protocol: { minReaderVersion: 'number', minWriterVersion: 'number' },
  metaData: { id: 'string' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, 'string' | 'number' | 'boolean'>>>>;

/**
 * An action of somebody's log, with what may be left out filled in.
 * @param file that holds it, for the message
 * @throws CorruptLogError where it lacks what the protocol requires
 */
export function checkAction(action: Action, where: string, file: string): Action {
  const [kind, value] = Object.entries(action)[0] as [string, Readonly<Record<string, unknown>>];
  const types: Readonly<Record<string, string>> = TYPES[kind as keyof typeof TYPES] ?? {};
  if (typeof value !== 'object') throw new CorruptLogError(file, `${where}: ${kind} is no object`);
  for (const [name, type] of Object.entries(types)) {
    if (typeof value[name] !== type) {
      throw new CorruptLogError(
        file,
        `${where}: ${kind} has ${JSON.stringify(value[name])} for its ${name}, a ${type}`,
      );
    }
  }
  if ('metaData' in action) {
    const { partitionColumns = [], configuration = {} } = action.metaData;
    return { metaData: { ...action.metaData, partitionColumns, configuration } };
  }
  return action;
}
