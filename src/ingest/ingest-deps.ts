import { createHash } from 'node:crypto';
import { createTableDecoder, type TableDecoder } from '../decode/decoder.ts';
import { ENGINE_INFO } from '../delta/commit-actions.ts';
import { createRouter, type Router, tableSchema } from '../fleet/index.ts';
import type { Fleet, Table } from '../fleet/model.ts';
import type { Lake } from './lake.ts';

/** What judges messages, and where they go. */
export type IngestDeps = {
  readonly lake: Lake;
  /** which tables take a topic */
  readonly router: Router;
  readonly decoderOf: (table: Table) => TableDecoder;
  /** what these definitions are told from others by, see `definitionOf` */
  readonly definition: number;
};

/** All tables of these fleets, each with a decoder from its first message on. */
export function createIngestDeps(lake: Lake, fleets: readonly Fleet[]): IngestDeps {
  const tables = fleets.flatMap((fleet) => Object.values(fleet.tables));
  return {
    lake,
    router: createRouter(fleets),
    decoderOf: createDecoders(),
    definition: definitionOf(tables),
  };
}

/** Makes a table's decoder when it is first asked for. */
export function createDecoders(): IngestDeps['decoderOf'] {
  const decoders = new Map<Table, TableDecoder>();
  return (table) => {
    const decoder = decoders.get(table) ?? createTableDecoder(table, tableSchema(table));
    decoders.set(table, decoder);
    return decoder;
  };
}

/** A number below 2^48 that differs where readings may be judged otherwise: by other definitions, or by another release. */
export function definitionOf(tables: readonly Table[]): number {
  const digest = createHash('sha256')
    .update(JSON.stringify([ENGINE_INFO, tables]))
    .digest();
  return digest.readUIntBE(0, 6);
}
