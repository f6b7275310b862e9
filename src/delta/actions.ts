/**
 * The actions of a Delta log ("Actions" in the protocol), as they stand in a commit's JSON. Fields that Tributary never
 * writes are here where its reader needs them.
 */
export type Protocol = {
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  readonly readerFeatures?: readonly string[];
  readonly writerFeatures?: readonly string[];
};

export type Metadata = {
  readonly id: string;
  readonly name?: string;
  readonly description?: string;
  readonly format: { readonly provider: string; readonly options: Readonly<Record<string, string>> };
  readonly schemaString: string;
  readonly partitionColumns: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
  readonly createdTime?: number;
};

/** Values as Delta's strings; null where absent. Every partition column is named. */
export type PartitionValues = Readonly<Record<string, string | null>>;

export type DeletionVector = {
  readonly storageType: 'u' | 'i' | 'p';
  readonly pathOrInlineDv: string;
  readonly offset?: number;
  readonly sizeInBytes: number;
  readonly cardinality: number;
};

export type AddFile = {
  /** URI-encoded, relative to the table's root (or absolute, in tables of others) */
  readonly path: string;
  readonly partitionValues: PartitionValues;
  readonly size: number;
  readonly modificationTime: number;
  readonly dataChange: boolean;
  /** JSON text: numRecords, minValues, maxValues, nullCount */
  readonly stats?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly deletionVector?: DeletionVector;
};

export type RemoveFile = {
  readonly path: string;
  readonly deletionTimestamp?: number;
  readonly dataChange: boolean;
  readonly extendedFileMetadata?: boolean;
  readonly partitionValues?: PartitionValues;
  readonly size?: number;
  readonly deletionVector?: DeletionVector;
};

/** `version` is the application's: an int64, of which Tributary uses what fits a double exactly. */
export type SetTransaction = {
  readonly appId: string;
  readonly version: number;
  readonly lastUpdated?: number;
};

export type CommitInfo = {
  readonly timestamp?: number;
  readonly operation?: string;
  readonly operationParameters?: Readonly<Record<string, unknown>>;
  readonly operationMetrics?: Readonly<Record<string, string>>;
  readonly readVersion?: number;
  readonly isBlindAppend?: boolean;
  /** what the writer wants people to know */
  readonly userMetadata?: string;
  readonly engineInfo?: string;
  /** unique for each attempt to write a commit: by it a writer recognises its own */
  readonly txnId?: string;
  readonly [key: string]: unknown;
};

export type Action =
  | { readonly protocol: Protocol }
  | { readonly metaData: Metadata }
  | { readonly add: AddFile }
  | { readonly remove: RemoveFile }
  | { readonly txn: SetTransaction }
  | { readonly commitInfo: CommitInfo };
