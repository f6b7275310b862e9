import { type DataType, field, struct, type StructType } from '../columns/types.ts';

/** The columns of a checkpoint ("Checkpoint Schema" in the protocol): each row holds one action. */
const TEXTS: DataType = { type: 'map', keyType: 'string', valueType: 'string', valueContainsNull: true };
const LIST: DataType = { type: 'array', elementType: 'string', containsNull: true };

const DELETION_VECTOR = struct([
  field('storageType', 'string'),
  field('pathOrInlineDv', 'string'),
  field('offset', 'integer'),
  field('sizeInBytes', 'integer'),
  field('cardinality', 'long'),
]);

const ACTIONS = {
  txn: struct([field('appId', 'string'), field('version', 'long'), field('lastUpdated', 'long')]),
  add: struct([
    field('path', 'string'),
    field('partitionValues', TEXTS),
    field('size', 'long'),
    field('modificationTime', 'long'),
    field('dataChange', 'boolean'),
    field('stats', 'string'),
    field('tags', TEXTS),
    field('deletionVector', DELETION_VECTOR),
  ]),
  remove: struct([
    field('path', 'string'),
    field('deletionTimestamp', 'long'),
    field('dataChange', 'boolean'),
    field('extendedFileMetadata', 'boolean'),
    field('partitionValues', TEXTS),
    field('size', 'long'),
    field('deletionVector', DELETION_VECTOR),
  ]),
  metaData: struct([
    field('id', 'string'),
    field('name', 'string'),
    field('description', 'string'),
    field('format', struct([field('provider', 'string'), field('options', TEXTS)])),
    field('schemaString', 'string'),
    field('partitionColumns', LIST),
    field('configuration', TEXTS),
    field('createdTime', 'long'),
  ]),
  protocol: struct([
    field('minReaderVersion', 'integer'),
    field('minWriterVersion', 'integer'),
    field('readerFeatures', LIST),
    field('writerFeatures', LIST),
  ]),
  sidecar: struct([field('path', 'string'), field('sizeInBytes', 'long'), field('modificationTime', 'long')]),
} as const;

export type CheckpointColumn = keyof typeof ACTIONS;

/** The schema of a checkpoint with those kinds of action only. */
export function checkpointSchema(columns: readonly CheckpointColumn[]): StructType {
  return struct(columns.map((name) => field(name, ACTIONS[name])));
}
