export * from './fleet/index.ts';
export * from './oee/index.ts';
