import { describe, expect, it } from 'vitest';
import { weather } from '../../../fleets/weather.ts';
import { compareRows } from '../../../bin/smoke/compare-rows.ts';
import { expectRows, rowText } from '../../../bin/smoke/expected-rows.ts';
import { measureHops } from '../../../bin/smoke/hops.ts';
import type { SentMessage } from '../../../bin/smoke/publish-readings.ts';
import { createTableDecoder } from '../../../src/decode/decoder.ts';
import { tableSchema } from '../../../src/fleet/index.ts';

const AT = Date.UTC(2026, 0, 2);

function sent(payload: string, more: Partial<SentMessage> = {}): SentMessage {
  return {
    topic: 'weather/smoke-1/observation',
    publishedTo: '$aws/rules/weather/weather/smoke-1/observation',
    payload: Buffer.from(payload),
    sentAt: AT,
    acknowledgedAt: AT + 20,
    attempts: 1,
    acknowledgements: 1,
    ...more,
  };
}

const reading = (temperature: string) =>
  `{"Location":"Chicago","Date_Time":"2026-01-01 06:00:00","Temperature_C":${temperature},"Humidity_pct":40,"Precipitation_mm":0,"Wind_Speed_kmh":12}`;

describe('what messages have to become', () => {
  it('is rows of their table, found by topic and partition', () => {
    const [table, ...rest] = expectRows([weather], [sent(reading('21.5')), sent(reading('22'))]);
    expect(rest).toEqual([]);
    expect(table).toMatchObject({ sqlName: 'weather_observations', path: 'weather/observations' });
    expect(Array.from(table!.partitions)).toEqual(['2026-01-01']);
    expect(table!.topics.size).toBe(2);
    expect(table!.rows.size).toBe(2);
  });

  it('is the same row however its JSON is spelt', () => {
    const [plain] = expectRows([weather], [sent(reading('21.5'))]);
    const [respelt] = expectRows([weather], [sent(reading('2150e-2').replaceAll('":', '" : '))]);
    expect(Array.from(respelt!.rows.keys())).toEqual(Array.from(plain!.rows.keys()));
  });

  it('is told by the definition’s types, whatever an engine calls them', () => {
    const table = weather.tables.observations!;
    const decoder = createTableDecoder(table, tableSchema(table));
    const batch = decoder.newBatch();
    const origin = { stream: 's', shard: '0', position: '0' };
    const topic = 'weather/smoke-1/observation';
    const payload = Buffer.from(reading('21.5'));
    decoder.decode({ topic, levels: { station: 'smoke-1' }, payload, arrivedAt: AT, origin }, batch);
    const rows = batch.finish();
    const fields = rows.schema.fields.map((each) =>
      each.type === 'timestamp' ? { ...each, type: 'timestamp_ntz' as const } : each,
    );
    const asAthena = { ...rows, schema: { ...rows.schema, fields } };
    expect(rowText(table.columns, asAthena, 0)).toBe(rowText(table.columns, rows, 0));
  });

  it('is nothing for what cannot become a row', () => {
    const [table] = expectRows([weather], [sent('{"Temperature_C":"hot"}')]);
    expect(table!.rows.size).toBe(0);
  });
});

describe('the judge', () => {
  const [expected] = expectRows(
    [weather],
    [
      sent(reading('1')),
      sent(reading('2'), { attempts: 2 }),
      sent(reading('3'), { attempts: 1, acknowledgements: 0 }),
    ],
  );
  const [first, second, third] = Array.from(expected!.rows.keys());
  const found = (...times: number[]) =>
    new Map([first!, second!, third!].map((text, i) => [text, { times: times[i]! }]));

  it.for([
    ['each once', found(1, 1, 0), { lost: 0, doubled: 0, standing: 2, visible: 2 }],
    ['as often as attempted', found(1, 2, 1), { lost: 0, doubled: 0, standing: 4, visible: 3 }],
    ['one missing', found(0, 1, 0), { lost: 1, doubled: 0, standing: 1, visible: 1 }],
    ['one too often', found(2, 1, 0), { lost: 0, doubled: 1, standing: 3, visible: 2 }],
    ['more than its attempts', found(1, 3, 0), { lost: 0, doubled: 1, standing: 4, visible: 2 }],
  ] as const)('finds %s', ([, rows, says]) => {
    expect(compareRows(expected!, rows)).toEqual(says);
  });
});

describe('hops', () => {
  it('leave rows out that did not go them', () => {
    const row = { sentAt: 0, acknowledgedAt: 10, arrivedAt: 5, committedAt: 1000, visibleAt: 1500 };
    const hops = measureHops([
      row,
      { ...row, acknowledgedAt: 30, visibleAt: undefined },
      { ...row, acknowledgedAt: 20 },
    ]);
    expect(hops[0]).toEqual({ name: 'published → acknowledged', rows: 3, least: 10, median: 20, most: 30 });
    expect(hops[3]).toEqual({
      name: 'committed → visible to SQL',
      rows: 2,
      least: 500,
      median: 500,
      most: 500,
    });
    expect(measureHops([])).toEqual([]);
  });
});
