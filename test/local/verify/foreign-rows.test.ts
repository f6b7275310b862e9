import { expect, test } from 'vitest';
import { createForeignRows } from '../../../local/verify/foreign-rows.ts';

const FILE = 'backfill/5f2c';
const LONG = '49673000000000000000000000000000000000000000000000000007';

test('an origin that stands more than once is named with its surplus; its neighbours are not', () => {
  const rows = createForeignRows();
  for (let n = 5000; n > 0; n--) rows.add(FILE, '0', String(n), 0);
  rows.add(FILE, '0', '17', 1);
  rows.add(FILE, '1', '17', 0);
  rows.add('backfill/other', '0', '17', 0);
  expect([...rows.doubles()]).toEqual([]);
  rows.add(FILE, '0', '17', 0);
  rows.add(FILE, '0', '17', 0);
  rows.add(FILE, '0', '17', 1);
  expect([...rows.doubles()]).toEqual([
    { stream: FILE, shard: '0', position: '17', index: 0, surplus: 2 },
    { stream: FILE, shard: '0', position: '17', index: 1, surplus: 1 },
  ]);
});

test('positions beyond a double are told apart to the last digit', () => {
  const rows = createForeignRows();
  rows.add('kinesis/a', 's', LONG, 0);
  rows.add('kinesis/a', 's', LONG.slice(0, -1) + '8', 0);
  expect([...rows.doubles()]).toEqual([]);
  rows.add('kinesis/a', 's', LONG, 0);
  expect([...rows.doubles()]).toEqual([
    { stream: 'kinesis/a', shard: 's', position: LONG, index: 0, surplus: 1 },
  ]);
});
