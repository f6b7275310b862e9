import type { Sleep } from '../clock.ts';
import type { ObjectStore } from './object-store.ts';
import { StoreError } from './store-error.ts';

export type StoreMethod = 'get' | 'getRange' | 'put' | 'putIfAbsent' | 'list' | 'delete';

/** One call: `number` counts all calls of the store from 0, a list's pages as one. */
export type StoreCall = { readonly method: StoreMethod; readonly key: string; readonly number: number };

/** How a store says no, as S3 does; all of it passes. */
export type Complaint = 'unavailable' | 'slow-down' | 'timeout' | 'conflict';

/**
 * What happens to a call:
 * - `refused`: it fails and did nothing;
 * - `answer-lost`: it takes effect, and fails all the same;
 * - `taken-for-rival`: a `putIfAbsent` creates the object and answers `exists`, as S3 does when a client sends its lost PUT
 *   again; other calls are left alone;
 * - `delayed`: it starts so many milliseconds later, so that others overtake it.
 */
export type Fault =
  | { readonly kind: 'refused'; readonly complaint: Complaint }
  | { readonly kind: 'answer-lost'; readonly complaint: Complaint }
  | { readonly kind: 'taken-for-rival' }
  | { readonly kind: 'delayed'; readonly milliseconds: number };

/** Decides about each call before it starts. */
export type FaultSchedule = (call: StoreCall) => Fault | undefined;

export type FaultyStore = ObjectStore & {
  /** how often each method was called so far */
  readonly calls: Readonly<Record<StoreMethod, number>>;
};

/** A store whose calls fail as the schedule says: for tests of what a commit does when its store is ill. */
export function createFaultyStore(
  store: ObjectStore,
  { schedule, sleep }: { readonly schedule: FaultSchedule; readonly sleep: Sleep },
): FaultyStore {
  const calls = { get: 0, getRange: 0, put: 0, putIfAbsent: 0, list: 0, delete: 0 };
  let number = 0;

  async function decide(method: StoreMethod, key: string): Promise<Fault | undefined> {
    calls[method]++;
    const call = { method, key, number: number++ };
    const fault = schedule(call);
    if (fault?.kind === 'refused') throw complain(call, fault);
    if (fault?.kind === 'delayed') await sleep(fault.milliseconds);
    return fault;
  }

  async function run<T>(method: StoreMethod, key: string, work: () => Promise<T>): Promise<T> {
    const fault = await decide(method, key);
    const answer = await work();
    if (fault?.kind === 'answer-lost') throw complain({ method, key }, fault);
    return fault?.kind === 'taken-for-rival' && answer === 'created' ? ('exists' as T) : answer;
  }

  return {
    calls,
    get: (key) => run('get', key, () => store.get(key)),
    getRange: (key, offset, length) => run('getRange', key, () => store.getRange(key, offset, length)),
    put: (key, bytes) => run('put', key, () => store.put(key, bytes)),
    putIfAbsent: (key, bytes) => run('putIfAbsent', key, () => store.putIfAbsent(key, bytes)),
    delete: (key) => run('delete', key, () => store.delete(key)),
    async *list(prefix, options) {
      const fault = await decide('list', prefix);
      for await (const info of store.list(prefix, options)) {
        yield info;
        // a listing that breaks off: some of it was seen
        if (fault?.kind === 'answer-lost') throw complain({ method: 'list', key: prefix }, fault);
      }
    },
  };
}

const COMPLAINTS: Readonly<Record<Complaint, string>> = {
  unavailable: '503, ServiceUnavailable',
  'slow-down': '503, SlowDown',
  timeout: 'no answer, TimeoutError',
  conflict: '409, ConditionalRequestConflict',
};

function complain(
  { method, key }: Pick<StoreCall, 'method' | 'key'>,
  { kind, complaint }: Extract<Fault, { complaint: Complaint }>,
): StoreError {
  return new StoreError(`scheduled fault in ${method} of ${key}: ${COMPLAINTS[complaint]} (${kind})`, {
    retriable: true,
  });
}
