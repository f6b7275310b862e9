import { expect, it } from 'vitest';
import { createMemoryStore } from '../../src/stores/memory-store.ts';
import { describeObjectStore } from '../contracts/object-store.ts';

describeObjectStore('memory', async () => {
  const store = createMemoryStore();
  return { store, openAnother: () => store };
});

it('dates objects by the clock that it was given', async () => {
  const store = createMemoryStore(() => 1_234);
  await store.put('key', new Uint8Array(3));
  for await (const info of store.list('')) expect(info).toEqual({ key: 'key', size: 3, modifiedAt: 1_234 });
  expect.assertions(1);
});
