import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { shardName } from '../../local/shard-map.ts';
import { openSqliteStream, openSqliteStreamReader } from '../../local/sqlite-stream.ts';
import { UsageError } from '../../src/errors.ts';
import { describeStream, readAll } from '../contracts/stream.ts';
import { temporaryFolder } from './temporary-folder.ts';

describeStream('sqlite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-stream-'));
  const stream = openSqliteStream(join(folder, 'stream.db'), { clock: Date.now });
  return Promise.resolve({
    stream,
    dispose() {
      stream.close();
      rmSync(folder, { recursive: true });
      return Promise.resolve();
    },
  });
});

const text = (value: string) => Buffer.from(value);

describe('the sqlite stream', () => {
  it('outlives its process’s end: identity, shards, positions and records', async () => {
    const path = join(temporaryFolder(), 'stream.db');
    const first = openSqliteStream(path, { shards: 3, clock: () => 1000 });
    await first.append([{ key: 'a', payload: text('1') }]);
    const { identity } = first;
    first.close();
    const second = openSqliteStream(path, { shards: 7, clock: () => 2000 });
    await second.append([{ key: 'a', payload: text('2') }]);
    expect(second.identity).toEqual(identity);
    expect(await second.shards()).toEqual([0, 1, 2].map(shardName));
    expect((await readAll(second)).flat().map(({ position, arrivedAt }) => [position, arrivedAt])).toEqual([
      ['1', 1000],
      ['2', 2000],
    ]);
    second.close();
  });

  it('gives a new stream another identity', () => {
    const folder = temporaryFolder();
    const streams = ['a.db', 'b.db'].map((name) => openSqliteStream(join(folder, name), { clock: Date.now }));
    expect(streams[0]!.identity.id).not.toBe(streams[1]!.identity.id);
    for (const stream of streams) stream.close();
  });

  it('never lets arrival run backwards, over clock steps, restarts and trimming', async () => {
    const path = join(temporaryFolder(), 'stream.db');
    let now = 5000;
    const first = openSqliteStream(path, { shards: 2, clock: () => now });
    const checkpoints = first.checkpoints('c');
    await first.append([{ key: 'a', payload: text('') }]);
    now = 100;
    await first.append([{ key: 'a', payload: text('') }]);
    const { shard } = first.stats().find(({ records }) => records > 0)!;
    checkpoints.save(shard, '2');
    expect(await first.trim(6000)).toBe(2);
    first.close();
    now = 200.75;
    const second = openSqliteStream(path, { shards: 2, clock: () => now });
    await second.append([
      { key: 'a', payload: text('') },
      { key: 'another', payload: text('') },
    ]);
    now = 7000.9;
    await second.append([{ key: 'a', payload: text('') }]);
    const records = await second.read(shard, undefined, 10);
    expect(records.map(({ position, arrivedAt }) => [position, arrivedAt]).slice(0, 1)).toEqual([
      ['3', 5000],
    ]);
    expect(records.at(-1)!.arrivedAt).toBe(7000);
    second.close();
  });

  it('commits together what is appended in one turn of the event loop', async () => {
    const path = join(temporaryFolder(), 'stream.db');
    const stream = openSqliteStream(path, { clock: Date.now });
    let commits = 0;
    const off = stream.onAppend(() => commits++);
    await Promise.all(
      Array.from({ length: 500 }, (_, n) => stream.append([{ key: `k${n}`, payload: text('x') }])),
    );
    expect(commits).toBe(1);
    off();
    await stream.append([{ key: 'k', payload: text('x') }]);
    expect(commits).toBe(1);
    expect(stream.stats().reduce((sum, { records, bytes }) => sum + records + bytes, 0)).toBe(2 * 501);
    stream.close();
  });

  it('makes durable on close what was appended and not yet awaited', async () => {
    const path = join(temporaryFolder(), 'stream.db');
    const stream = openSqliteStream(path, { clock: Date.now });
    const appended = stream.append([{ key: 'k', payload: text('x') }]);
    stream.close();
    await appended;
    await expect(stream.append([{ key: 'k', payload: text('y') }])).rejects.toThrow(/closed/);
    const reader = openSqliteStreamReader(path);
    expect((await readAll(reader)).flat()).toHaveLength(1);
    reader.close();
  });

  it('rejects appends of a group that cannot be committed, takes none of them, and goes on afterwards', async () => {
    const path = join(temporaryFolder(), 'stream.db');
    const stream = openSqliteStream(path, { clock: Date.now });
    const bad = { key: 'k', payload: { byteLength: 1 } as Uint8Array };
    const results = await Promise.allSettled([
      stream.append([{ key: 'k', payload: text('x') }]),
      stream.append([bad]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await stream.append([{ key: 'k', payload: text('z') }]);
    const records = (await readAll(stream)).flat();
    expect(records.map(({ position, payload }) => [position, Buffer.from(payload).toString()])).toEqual([
      ['1', 'z'],
    ]);
    stream.close();
  });

  it('can be read by another connection while it is written, and only read', async () => {
    const path = join(temporaryFolder(), 'stream.db');
    const stream = openSqliteStream(path, { clock: Date.now });
    await stream.append([{ key: 'k', payload: text('x') }]);
    const reader = openSqliteStreamReader(path);
    expect(reader.identity).toEqual(stream.identity);
    await stream.append([{ key: 'k', payload: text('y') }]);
    expect((await readAll(reader)).flat()).toHaveLength(2);
    await expect(reader.append([{ key: 'k', payload: text('z') }])).rejects.toThrow(/reading only/);
    reader.close();
    stream.close();
  });

  it('bounds a read by bytes as well, without skipping', async () => {
    const stream = openSqliteStream(join(temporaryFolder(), 'stream.db'), { shards: 1, clock: Date.now });
    await stream.append(Array.from({ length: 100 }, () => ({ key: 'k', payload: Buffer.alloc(128 * 1024) })));
    const first = await stream.read(shardName(0), undefined, 10_000);
    expect(first.length).toBe(64);
    expect((await stream.read(shardName(0), first.at(-1)!.position, 10_000)).length).toBe(36);
    stream.close();
  });

  it('names the shards when asked for one that there is not', async () => {
    const stream = openSqliteStream(join(temporaryFolder(), 'stream.db'), { clock: Date.now });
    await expect(stream.read('shardId-000000000004', undefined, 1)).rejects.toThrow(
      'there are 4, the last is shardId-000000000003',
    );
    await expect(stream.read('0', undefined, 1)).rejects.toThrow('no shard "0"');
    stream.close();
  });
});

describe('checkpoints and trimming', () => {
  async function filled(clock: () => number) {
    const path = join(temporaryFolder(), 'stream.db');
    const stream = openSqliteStream(path, { shards: 1, clock });
    return { path, stream, shard: shardName(0) };
  }

  it('keeps each consumer’s checkpoint durably and never moves it back', async () => {
    const { path, stream, shard } = await filled(() => 0);
    const a = stream.checkpoints('a');
    const b = stream.checkpoints('b');
    a.save(shard, '7');
    a.save(shard, '5');
    expect([a.get(shard), b.get(shard)]).toEqual([7, 0]);
    stream.close();
    const again = openSqliteStream(path, { clock: () => 0 });
    expect(again.checkpoints('a').get(shard)).toBe(7);
    expect(again.readCheckpoints('a')).toEqual(new Map([[shard, '7']]));
    expect(again.readCheckpoints('b')).toEqual(new Map());
    again.close();
  });

  it('trims what is old and below every checkpoint, nothing else', async () => {
    let now = 0;
    const { path, stream, shard } = await filled(() => now);
    for (now = 1; now <= 10; now++) await stream.append([{ key: 'k', payload: text(String(now)) }]);
    expect(await stream.trim(100)).toBe(0); // nobody has read it
    const a = stream.checkpoints('a');
    const b = stream.checkpoints('b');
    a.save(shard, '8');
    b.save(shard, '4');
    expect(await stream.trim(100)).toBe(4);
    b.save(shard, '10');
    expect(await stream.trim(7)).toBe(2);
    expect(await stream.trim(100)).toBe(2);
    expect((await stream.read(shard, undefined, 100)).map(({ position }) => position)).toEqual(['9', '10']);
    expect(stream.stats()[0]).toMatchObject({
      lastPosition: 10,
      trimmedPosition: 8,
      trimmedUntil: 8,
      records: 10,
    });
    expect(stream.arrivalAfter(shard, 0)).toBe(9);
    expect(stream.arrivalAfter(shard, 10)).toBeUndefined();
    stream.close();
    const again = openSqliteStream(path, { clock: () => now });
    expect(again.stats()[0]).toMatchObject({ trimmedPosition: 8 });
    again.close();
  });

  it('trims more than one step’s worth', async () => {
    const { stream, shard } = await filled(() => 5);
    await stream.append(Array.from({ length: 2_500 }, () => ({ key: 'k', payload: text('x') })));
    stream.checkpoints('a').save(shard, '2400');
    expect(await stream.trim(6)).toBe(2_400);
    expect(await stream.read(shard, undefined, 1_000)).toHaveLength(100);
    stream.close();
  });
});

describe('files that are no stream', () => {
  function refusal(open: () => unknown): string {
    try {
      open();
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      const { message } = error as Error;
      expect(message).not.toContain('\n');
      return message;
    }
    throw new Error('it was opened');
  }

  it('says that a file is not a database, and leaves it alone', () => {
    const path = join(temporaryFolder(), 'stream.db');
    writeFileSync(path, 'hello '.repeat(1000));
    expect(refusal(() => openSqliteStream(path, { clock: Date.now }))).toContain(
      `${path} is not a SQLite database`,
    );
    expect(readFileSync(path, 'utf8')).toBe('hello '.repeat(1000));
  });

  it('says that a database belongs to another program, and leaves it alone', () => {
    const path = join(temporaryFolder(), 'stream.db');
    const other = new DatabaseSync(path);
    other.exec('CREATE TABLE t (x)');
    other.close();
    const before = readFileSync(path);
    expect(refusal(() => openSqliteStream(path, { clock: Date.now }))).toContain(
      "another program's database",
    );
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('says that a file is of another version', () => {
    const path = join(temporaryFolder(), 'stream.db');
    openSqliteStream(path, { clock: Date.now }).close();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(refusal(() => openSqliteStream(path, { clock: Date.now }))).toContain('has format 99');
  });

  it('says that a file is damaged', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'stream.db');
    openSqliteStream(path, { clock: Date.now }).close();
    const damaged = join(folder, 'damaged.db');
    copyFileSync(path, damaged);
    const bytes = readFileSync(damaged);
    bytes.fill(0xff, 100, 4096);
    writeFileSync(damaged, bytes);
    expect(refusal(() => openSqliteStream(damaged, { clock: Date.now }))).toMatch(/damaged/);
  });

  it('says that there is none to read', () => {
    const path = join(temporaryFolder(), 'nothing.db');
    expect(refusal(() => openSqliteStreamReader(path))).toContain(`${path} cannot be opened`);
  });
});
