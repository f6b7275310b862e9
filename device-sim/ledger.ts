import { hash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { TributaryError } from '../src/errors.ts';
import { countFaults, type FaultCounts, type FaultKind } from './faults.ts';

/** What the ledger knows of one transmission. `digest`: SHA-256 of the payload; `at`: milliseconds, UTC, before it was sent. */
export type LedgerEntry = {
  readonly attempt: number;
  readonly at: number;
  readonly topic: string;
  readonly digest: Uint8Array;
  readonly acknowledged: boolean;
};

/** What the check reads. */
export type LedgerReader = {
  /** Every attempt that was ever durable, in the order of their numbers; those after `attempt` only. */
  entries(after?: number): Iterable<LedgerEntry>;
  totals(): { readonly attempts: number; readonly acknowledged: number };
  /** What was injected on purpose, by kind. */
  faults(): Readonly<FaultCounts>;
  /** The messages that were made so that they cannot become rows, each transmission's topic and digest once a message. */
  poisons(): Iterable<{ readonly topic: string; readonly digest: Uint8Array }>;
  close(): void;
};

/**
 * What the simulated devices attempted and what the broker acknowledged (design §2). An attempt is durable before it may be
 * sent. An acknowledgement is durable soon after: one that is lost in a crash weakens the check, it cannot falsify it.
 */
export type Ledger = LedgerReader & {
  /** Resolves with the attempt's number once it is durable; in the order of the calls. Rejects where the disk refuses. */
  attempt(topic: string, digest: Uint8Array, at: number): Promise<number>;
  acknowledge(attempt: number): void;
  /** A fault that befalls a message on purpose: durable with the attempts that follow, before any of them resolves. */
  inject(kind: FaultKind, topic: string, digest: Uint8Array, at: number): void;
};

export function digestPayload(payload: Uint8Array): Uint8Array {
  return hash('sha256', payload, 'buffer');
}

type Injected = {
  readonly kind: FaultKind;
  readonly topic: string;
  readonly digest: Uint8Array;
  readonly at: number;
};

type Waiting = {
  readonly topic: string;
  readonly digest: Uint8Array;
  readonly at: number;
  readonly resolve: (attempt: number) => void;
  readonly reject: (error: unknown) => void;
};

const SCHEMA = `
  create table if not exists topics (id integer primary key, topic text not null unique);
  create table if not exists attempts (
    id integer primary key, topic integer not null references topics, digest blob not null, at integer not null);
  create table if not exists acknowledgements (attempt integer primary key references attempts);
  create table if not exists faults (
    id integer primary key, kind text not null, topic integer not null references topics, digest blob not null, at integer not null);
`;

/** Opens or makes the ledger at `path`. Several processes may write and read it at a time. */
export function openLedger(path: string): Ledger {
  const database = openDatabase(path, false);
  const insertTopic = database.prepare('insert or ignore into topics (topic) values (?)');
  const selectTopic = database.prepare('select id from topics where topic = ?');
  const selectLast = database.prepare('select coalesce(max(id), 0) as id from attempts');
  const insertAttempt = database.prepare('insert into attempts (id, topic, digest, at) values (?, ?, ?, ?)');
  const insertFault = database.prepare('insert into faults (kind, topic, digest, at) values (?, ?, ?, ?)');
  const insertAck = database.prepare('insert or ignore into acknowledgements (attempt) values (?)');

  const topics = new Map<string, number>();
  let waiting: Waiting[] = [];
  let acks: number[] = [];
  let injected: Injected[] = [];
  let scheduled = false;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    // after this turn's I/O: all that became due in the turn shares one fsync
    setImmediate(flush);
  }

  function flush(): void {
    scheduled = false;
    if (waiting.length === 0 && acks.length === 0 && injected.length === 0) return;
    const batch = waiting;
    waiting = [];
    let first: number;
    try {
      first = write(batch);
    } catch (cause) {
      if (database.isTransaction) database.exec('rollback');
      // some of them may have been made by what was rolled back
      topics.clear();
      const error = new TributaryError(`ledger ${path} cannot be written: ${(cause as Error).message}`, {
        cause,
      });
      for (const { reject } of batch) reject(error);
      return;
    }
    acks = [];
    injected = [];
    for (const [i, { resolve }] of batch.entries()) resolve(first + i);
  }

  /** Returns the number of the first attempt. */
  function write(batch: readonly Waiting[]): number {
    database.exec('begin immediate');
    const first = (selectLast.get() as { id: number }).id + 1;
    for (const [i, { topic, digest, at }] of batch.entries()) {
      insertAttempt.run(first + i, topicId(topic), digest, Math.floor(at));
    }
    for (const attempt of acks) insertAck.run(attempt);
    for (const { kind, topic, digest, at } of injected) {
      insertFault.run(kind, topicId(topic), digest, Math.floor(at));
    }
    database.exec('commit');
    return first;
  }

  function topicId(topic: string): number {
    let id = topics.get(topic);
    if (id === undefined) {
      insertTopic.run(topic);
      id = (selectTopic.get(topic) as { id: number }).id;
      topics.set(topic, id);
    }
    return id;
  }

  const reader = createReader(database);
  return {
    attempt(topic, digest, at) {
      return new Promise((resolve, reject) => {
        waiting.push({ topic, digest, at, resolve, reject });
        schedule();
      });
    },
    acknowledge(attempt) {
      acks.push(attempt);
      schedule();
    },
    inject(kind, topic, digest, at) {
      injected.push({ kind, topic, digest, at });
      schedule();
    },
    entries(after) {
      flush();
      return reader.entries(after);
    },
    totals() {
      flush();
      return reader.totals();
    },
    faults() {
      flush();
      return reader.faults();
    },
    poisons() {
      flush();
      return reader.poisons();
    },
    close() {
      flush();
      const unwritten = acks.length + injected.length;
      reader.close();
      if (unwritten > 0)
        throw new TributaryError(
          `ledger ${path} could not take the last ${unwritten} acknowledgements and faults`,
        );
    },
  };
}

/** Opens a ledger that another process may be writing. Throws where there is none. */
export function openLedgerReader(path: string): LedgerReader {
  return createReader(openDatabase(path, true));
}

function openDatabase(path: string, readOnly: boolean): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { readOnly, timeout: 5000 });
    if (!readOnly) {
      // FULL: the WAL is synced at every commit, so that a durable attempt survives a power cut as well
      database.exec(
        'pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 4000;',
      );
      database.exec(SCHEMA);
    }
    return database;
  } catch (cause) {
    throw new TributaryError(`ledger ${path} cannot be opened: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function createReader(database: DatabaseSync): LedgerReader {
  return {
    *entries(after = 0) {
      const select = database.prepare(
        `select attempts.id, at, topics.topic, digest, acknowledgements.attempt is not null
         from attempts join topics on topics.id = attempts.topic
         left join acknowledgements on acknowledgements.attempt = attempts.id
         where attempts.id > ? order by attempts.id`,
      );
      select.setReturnArrays(true);
      for (const row of select.iterate(after) as unknown as Iterable<
        [number, number, string, Uint8Array, number]
      >) {
        const [attempt, at, topic, digest, acknowledged] = row;
        yield { attempt, at, topic, digest, acknowledged: acknowledged === 1 };
      }
    },
    totals() {
      const count = (table: string) =>
        (database.prepare(`select count(*) as n from ${table}`).get() as { n: number }).n;
      return { attempts: count('attempts'), acknowledged: count('acknowledgements') };
    },
    faults: () => countInjected(database),
    *poisons() {
      if (!hasFaults(database)) return;
      const select = database.prepare(
        `select topics.topic, digest from faults join topics on topics.id = faults.topic where kind = 'poison'`,
      );
      for (const row of select.iterate())
        yield row as { readonly topic: string; readonly digest: Uint8Array };
    },
    close: () => database.close(),
  };
}

function countInjected(database: DatabaseSync): FaultCounts {
  const counts = countFaults();
  if (!hasFaults(database)) return counts;
  const rows = database.prepare('select kind, count(*) as n from faults group by kind').all();
  for (const { kind, n } of rows as { readonly kind: FaultKind; readonly n: number }[]) counts[kind] = n;
  return counts;
}

/** A ledger that only ever was read since faults are counted has no table of them. */
function hasFaults(database: DatabaseSync): boolean {
  return database.prepare(`select 1 from sqlite_master where name = 'faults'`).get() !== undefined;
}
