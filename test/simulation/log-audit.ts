import type { AddFile, PartitionValues } from '../../src/delta/actions.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';

type Fields = Readonly<Record<string, unknown>>;
export type LoggedFile = {
  /** decoded: the key of the object */
  readonly path: string;
  readonly partitionValues: PartitionValues;
  readonly size: number;
  readonly dataChange: boolean;
  readonly rows: number;
};
export type LoggedCommit = {
  readonly version: number;
  readonly operation: string;
  readonly txnId: string;
  readonly adds: readonly LoggedFile[];
  readonly removes: readonly LoggedFile[];
};

/** A table as its log alone tells it, commit by commit. */
export type LogAudit = {
  readonly problems: readonly string[];
  readonly commits: readonly LoggedCommit[];
  /** for each version the live files by path, the transactions by application, and the metaData's id and schema */
  readonly versions: readonly LoggedVersion[];
};

export type LoggedVersion = {
  readonly files: ReadonlyMap<string, LoggedFile>;
  readonly txns: ReadonlyMap<string, number>;
  readonly metadata: Fields | undefined;
};

/**
 * Replays a log by the letter of the protocol, sharing no code with what wrote it. Stricter than the protocol in what our
 * writers promise: a file is added once in its life, a commit's id stands once, progress never falls.
 */
export async function auditLog(store: ObjectStore): Promise<LogAudit> {
  const problems: string[] = [];
  const commits: LoggedCommit[] = [];
  const versions: LoggedVersion[] = [];
  const everAdded = new Set<string>();
  const ids = new Set<string>();
  let before: LoggedVersion = { files: new Map(), txns: new Map(), metadata: undefined };
  for await (const { key } of store.list('_delta_log/')) {
    const name = /^_delta_log\/(\d{20})\.json$/.exec(key);
    if (name === null) continue;
    const version = Number(name[1]);
    const bad = (what: string) => void problems.push(`version ${version}: ${what}`);
    if (version !== versions.length) bad(`follows version ${versions.length - 1}`);
    const actions = parseLines((await store.get(key))!, bad);
    const commit = readCommit(version, actions, bad);
    commits.push(commit);
    if (ids.has(commit.txnId)) bad(`commit ${commit.txnId} stands in the log already`);
    ids.add(commit.txnId);
    before = applyCommit(before, commit, actions, { everAdded, bad });
    versions.push(before);
  }
  return { problems, commits, versions };
}

type Bad = (what: string) => void;

function parseLines(bytes: Uint8Array, bad: Bad): [kind: string, content: Fields][] {
  const text = new TextDecoder().decode(bytes);
  if (!text.endsWith('\n')) bad('is cut off: its last line has no end');
  return text.split('\n').flatMap((line): [string, Fields][] => {
    if (line === '') return [];
    let action: unknown;
    try {
      action = JSON.parse(line);
    } catch {
      bad(`holds a line that is no JSON: ${line.slice(0, 60)}`);
      return [];
    }
    const entries = Object.entries(action as Fields);
    if (entries.length !== 1) bad(`holds a line with ${entries.length} actions`);
    return entries.map(([kind, content]) => [kind, content as Fields]);
  });
}

function readCommit(version: number, actions: readonly [string, Fields][], bad: Bad): LoggedCommit {
  const seen = new Set<string>();
  for (const [kind, content] of actions) {
    // adds and removes share their names: a commit that does both to a file says nothing
    const name = kind === 'remove' ? 'add' : kind;
    const about = `${name} ${String(content['appId'] ?? content['path'] ?? '')}`;
    if (seen.has(about)) bad(`says twice: ${about}`);
    seen.add(about);
  }
  const info = actions.find(([kind]) => kind === 'commitInfo')?.[1] ?? {};
  if (typeof info['txnId'] !== 'string') bad('has no commitInfo with a txnId');
  if (version === 0 && !(seen.has('protocol ') && seen.has('metaData '))) bad('lacks protocol or metaData');
  const filesOf = (wanted: string) =>
    actions.flatMap(([kind, content]) => (kind === wanted ? [loggedFile(content)] : []));
  return {
    version,
    operation: String(info['operation']),
    txnId: String(info['txnId']),
    adds: filesOf('add'),
    removes: filesOf('remove'),
  };
}

function loggedFile(content: Fields): LoggedFile {
  const stats = content['stats'] === undefined ? {} : (JSON.parse(String(content['stats'])) as Fields);
  return {
    path: decodeURIComponent(String(content['path'])),
    partitionValues: content['partitionValues'] as PartitionValues,
    size: Number(content['size']),
    dataChange: content['dataChange'] === true,
    rows: Number(stats['numRecords'] ?? 0),
  };
}

function applyCommit(
  before: LoggedVersion,
  { adds, removes }: LoggedCommit,
  actions: readonly [string, Fields][],
  { everAdded, bad }: { readonly everAdded: Set<string>; readonly bad: Bad },
): LoggedVersion {
  const files = new Map(before.files);
  const txns = new Map(before.txns);
  let taken = 0;
  for (const { path } of removes) {
    const live = files.get(path);
    if (live === undefined) bad(`removes ${path}, which is not live`);
    taken += live?.rows ?? 0;
    files.delete(path);
  }
  for (const add of adds) {
    if (everAdded.has(add.path)) bad(`adds ${add.path} a second time`);
    everAdded.add(add.path);
    files.set(add.path, add);
  }
  const given = adds.reduce((sum, { rows }) => sum + rows, 0);
  const rewrites = removes.length > 0 && [...adds, ...removes].every(({ dataChange }) => !dataChange);
  if (rewrites && given !== taken) bad(`rewrites ${taken} rows as ${given}`);
  for (const [kind, content] of actions) {
    if (kind === 'txn') txns.set(String(content['appId']), Number(content['version']));
  }
  for (const fall of findFalls(before.txns, txns)) bad(fall);
  const metadata = actions.find(([kind]) => kind === 'metaData')?.[1] ?? before.metadata;
  return { files, txns, metadata };
}

/** Progress that runs backwards. A long position's limbs `<key>#0, #1, …` count together, the first weighing most. */
function findFalls(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  const falls: string[] = [];
  for (const appId of after.keys()) {
    // when the quarantine was asked, by the clock of whoever asked, and by whose definition: no progress
    if (appId.endsWith('/checked') || appId.endsWith('/definition')) continue;
    const key = appId.replace(/#\d+$/, '');
    if (key !== appId && !appId.endsWith('#0')) continue;
    const [old, now] = [before, after].map((txns) => limbsOf(txns, key, appId));
    const at = now!.findIndex((limb, i) => limb !== old![i]);
    if (at >= 0 && (now![at] ?? 0) < (old![at] ?? -1))
      falls.push(`progress ${key} falls from ${old!.join()} to ${now!.join()}`);
  }
  return falls;
}

function limbsOf(txns: ReadonlyMap<string, number>, key: string, appId: string): (number | undefined)[] {
  if (key === appId) return [txns.get(appId)];
  return Array.from({ length: 4 }, (_, i) => txns.get(`${key}#${i}`));
}

/** The action that would bring the file's rows back, for readers. */
export function addOf({ path, size, partitionValues, dataChange }: LoggedFile): AddFile {
  const uri = path.split('/').map(encodeURIComponent).join('/');
  return { path: uri, size, partitionValues, dataChange, modificationTime: 0 };
}
