/** A bug that is planted while a module is loaded: no switch for it exists in the code. */
export type Mutant = {
  readonly name: string;
  readonly edits: readonly Edit[];
};

/** `find` stands exactly once in the file, which counts from the root of the repo. */
export type Edit = { readonly file: string; readonly find: string; readonly replace: string };

const COMMIT = 'src/delta/commit.ts';
const WRITE_SHARE = 'src/ingest/write-share.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no own-commit check',
    edits: [{ file: COMMIT, find: 'if (isOwn(winner, txnId))', replace: 'if (false)' }],
  },
  {
    name: 'progress outside the commit',
    edits: [
      { file: WRITE_SHARE, find: '...advanced.flatMap(progressTxns), ', replace: '' },
      {
        file: WRITE_SHARE,
        find: "if (result.kind === 'committed') return",
        replace: `if (result.kind === 'committed') {
          const txns = advanced.flatMap(progressTxns);
          const after = { base: result.state, operation: 'STREAMING UPDATE', txns, reads: 'nothing' };
          table.state = (await commit(table.store, after, lake.deps)).state;
        }
        if (result.kind === 'committed') return`,
      },
    ],
  },
  {
    name: 'vacuum without retention',
    edits: [
      {
        file: 'src/delta/vacuum.ts',
        find: 'const cutOff = now - retention;',
        replace: 'const cutOff = now;',
      },
    ],
  },
  {
    name: 'optimize that drops rows',
    edits: [
      {
        file: 'src/delta/sorted-rows.ts',
        find: 'if (rows > 0) yield sortPool(batches, sortBy);',
        replace: 'if (rows > 0) yield sliceRows(sortPool(batches, sortBy), Math.min(1, rows - 1), rows);',
      },
      // rewrites count what they read and write
      { file: 'src/delta/rewrite-files.ts', find: 'if (written !== read)', replace: 'if (false)' },
    ],
  },
  {
    name: 'log clean-up beyond its checkpoint',
    edits: [
      {
        file: 'src/delta/clean-log.ts',
        find: 'versionOf(info) < oldest',
        replace: 'versionOf(info) <= oldest + 1 && !info.key.endsWith(".parquet")',
      },
    ],
  },
  {
    name: 'rebase without re-filter',
    edits: [
      {
        file: WRITE_SHARE,
        find: 'if (prepared?.beyond !== beyond)',
        replace: 'if (prepared === undefined)',
      },
    ],
  },
  {
    name: 'a half-written log entry after a kill',
    edits: [
      {
        file: 'test/simulation/scheduled-store.ts',
        find: 'write(`putIfAbsent ${key}`, () => store.putIfAbsent(key, bytes))',
        replace: `write('create ' + key, async () => {
          const outcome = await store.putIfAbsent(key, bytes.slice(0, bytes.length / 2));
          if (outcome === 'exists') return outcome;
          await pause('goes on with ' + key);
          await store.put(key, bytes);
          return outcome;
        })`,
      },
      { file: 'test/simulation/disk.ts', find: 'if (COMMIT.test(key)) rewritten.push(key);', replace: '' },
    ],
  },
  {
    name: 'a rewrite of files that are gone',
    edits: [{ file: 'src/delta/conflict.ts', find: "if ('remove' in action &&", replace: 'if (false &&' }],
  },
  {
    name: 'a checkpoint without progress',
    edits: [
      {
        file: 'src/delta/checkpoint.ts',
        find: '...Array.from(transactions.values(), (txn) => ({ txn })),',
        replace: '',
      },
    ],
  },
  {
    name: 'a quarantine that is not asked by origin',
    edits: [
      {
        file: 'src/ingest/quarantine-failures.ts',
        find: 'if (!asked) return untouched;',
        replace: `if (asked) {
          const lacking = new Map([...failures].filter(([ordinal]) => !passed(ordinal)));
          return { firsts, shares, lacking, beyond: true, behind: false };
        }
        if (!asked) return untouched;`,
      },
    ],
  },
  {
    name: 'an ill store taken for a corrupt table',
    edits: [
      {
        file: 'src/parquet/read-parquet.ts',
        find: 'if (error instanceof TributaryError && error.retriable) throw error;',
        replace: '',
      },
    ],
  },
];
