import type { AddFile, CommitInfo, Metadata, RemoveFile, SetTransaction } from './actions.ts';
import type { TableState } from './table-state.ts';

/**
 * What a commit has read of the table, and what it therefore cannot survive:
 * - `nothing`: a blind append, which goes on top of whatever came before it;
 * - `table`: everything;
 * - these files, and, where `matches` is given, every file that may hold rows which it looked for.
 */
export type Reads =
  'nothing' | 'table' | { readonly files: readonly AddFile[]; readonly matches?: (add: AddFile) => boolean };

export type CommitRequest = {
  /** what the commit was planned on */
  readonly base: TableState;
  /** for the table's history: 'WRITE', 'STREAMING UPDATE', 'OPTIMIZE' … */
  readonly operation: string;
  readonly adds?: readonly AddFile[];
  readonly removes?: readonly RemoveFile[];
  readonly txns?: readonly SetTransaction[];
  readonly metadata?: Metadata;
  readonly info?: Pick<CommitInfo, 'operationParameters' | 'operationMetrics' | 'userMetadata'>;
  readonly reads: Reads;
};
