import { describe, expect, it } from 'vitest';
import { defineFleet, rowToMessage, table, text, topicLevel } from '../../src/fleet/index.ts';

const { readings } = defineFleet({
  name: 'pumps',
  tables: {
    readings: table({
      topic: 'pumps/{site}/{pump}',
      device: topicLevel('pump'),
      columns: { pump: text() },
      rowLevels: { site: 'Site Name' },
    }),
  },
}).tables as { readings: NonNullable<ReturnType<typeof defineFleet>['tables'][string]> };

describe('a row of a file', () => {
  it('becomes the message of its device, levels by mapping or name, text staying text', () => {
    const row = { 'Site Name': ' New York/№1 ', pump: 7, value: '1.50', empty: '' };
    const message = rowToMessage(readings, row);
    expect(message).toMatchObject({
      kind: 'message',
      topic: 'pumps/New-York--1/7',
      levels: { site: 'New-York--1', pump: '7' },
    });
    if (message.kind !== 'message') throw new Error(message.detail);
    expect(JSON.parse(Buffer.from(message.payload).toString())).toEqual(row);
  });

  it.each([
    [
      { pump: 'a' },
      /^no field "Site Name" for the level \{site\} of pumps\/\{site\}\/\{pump\}; fields are pump$/,
    ],
    [{ 'Site Name': 'x', pump: ' ' }, /^field "pump" is " ": no text or number/],
    [{ 'Site Name': 'x', pump: null }, /^field "pump" is null/],
    [{ 'Site Name': 'x', pump: { a: 1 } }, /^field "pump" is \{"a":1\}/],
    [{ 'Site Name': 's'.repeat(200), pump: 'p'.repeat(200) }, /longer than 256 bytes/],
  ])('%j is a failure, not a throw', (row, detail) => {
    expect(rowToMessage(readings, row)).toMatchObject({
      kind: 'failed',
      detail: expect.stringMatching(detail) as string,
    });
  });

  it('does not take what objects inherit for a field', () => {
    const { odd } = defineFleet({
      name: 'odd',
      tables: {
        odd: table({ topic: 'odd/{constructor}', device: topicLevel('constructor'), columns: { x: text() } }),
      },
    }).tables;
    expect(rowToMessage(odd!, { x: '1' }).kind).toBe('failed');
  });
});
