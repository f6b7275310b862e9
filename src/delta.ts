/** `tributary/delta`: Delta tables, and the stores that they lie in. */
export * from './delta/index.ts';
export { createFolderStore } from './stores/folder-store.ts';
export { createMemoryStore } from './stores/memory-store.ts';
export { type ObjectInfo, type ObjectStore, prefixedStore } from './stores/object-store.ts';
export { openStore } from './stores/open-store.ts';
export { createS3Store, type S3StoreOptions } from './stores/s3-store.ts';
export { StoreError } from './stores/store-error.ts';
