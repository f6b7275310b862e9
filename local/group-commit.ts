/**
 * Durable writes share their fsync: whatever is added while the event loop serves other callbacks goes into one
 * `commit`, and each `add` settles with it. `commit` is synchronous and takes all or throws.
 *
 * While a commit waits for the disk, sockets fill up; what they held comes with the next commit. So groups grow with the
 * load by themselves, and a lone write waits for nobody.
 */
export type GroupCommit<T> = {
  add(items: readonly T[]): Promise<void>;
  /** Commits at once what waits. */
  flush(): void;
};

type Waiter = { readonly resolve: () => void; readonly reject: (error: unknown) => void };

export function createGroupCommit<T>(commit: (items: readonly T[]) => void): GroupCommit<T> {
  let items: T[] = [];
  let waiters: Waiter[] = [];

  function flush(): void {
    if (waiters.length === 0) return;
    const [group, waiting] = [items, waiters];
    items = [];
    waiters = [];
    try {
      commit(group);
    } catch (error) {
      for (const waiter of waiting) waiter.reject(error);
      return;
    }
    for (const waiter of waiting) waiter.resolve();
  }

  return {
    add(added) {
      return new Promise((resolve, reject) => {
        if (waiters.length === 0) setImmediate(flush);
        for (const item of added) items.push(item);
        waiters.push({ resolve, reject });
      });
    },
    flush,
  };
}
