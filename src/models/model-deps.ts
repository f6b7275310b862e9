import type { DeltaDeps } from '../delta/deps.ts';
import type { SqlEngine } from '../sql/sql-engine.ts';
import type { ObjectStore } from '../stores/object-store.ts';

/** `lake`: the store that all tables lie in. */
export type ModelDeps = DeltaDeps & { readonly lake: ObjectStore; readonly sql: SqlEngine };
