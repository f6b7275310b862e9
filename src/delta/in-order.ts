/** Does `work` for every item, at most `width` at a time, and hands out the results in the order of the items. */
export async function* mapInOrder<T, R>(
  items: Iterable<T>,
  width: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const pending: Promise<R>[] = [];
  const start = (item: T) => {
    const result = work(item);
    // whoever waits for it sees the fault; one that nobody gets to must not end the process
    result.catch(() => undefined);
    pending.push(result);
  };
  for (const item of items) {
    start(item);
    if (pending.length >= width) yield await pending.shift()!;
  }
  while (pending.length > 0) yield await pending.shift()!;
}

/** Waits for all of them. */
export async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}
