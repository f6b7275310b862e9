import type { Credentials } from '../../device-sim/transport.ts';
import type { Thing } from '../../local/certificates/thing-registry.ts';
import type { ColumnBatch } from '../../src/columns/column.ts';
import type { IotRule } from '../../src/fleet/index.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';

/** Where a smoke test looks: a deployed stage, or what runs on this machine. */
export type SmokePlace = {
  /** where devices connect */
  endpoint(): Promise<string>;
  /** the rules by the names that they have there, whose Basic Ingest topics devices publish to */
  readonly rules: readonly IotRule[];
  /** Registers the thing, and certifies the key of the request for it; half-done work is undone by `withdraw`. */
  certify(thing: Thing, requestPem: string): Promise<Omit<Credentials, 'key'>>;
  /** Takes back all that `certify` made, as far as it came. Returns how many certificates there were. */
  withdraw(thing: Thing): Promise<number>;
  /** the whole lake */
  readonly lake: ObjectStore;
  /** what the place's own SQL answers */
  ask(sql: string, signal: AbortSignal): Promise<ColumnBatch>;
  /** between two questions, milliseconds */
  readonly askAgainMs: number;
  close(): Promise<void>;
};
