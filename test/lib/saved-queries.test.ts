import { describe, expect, it } from 'vitest';
import { savedQueries } from '../../lib/saved-queries.ts';
import { presses, wells } from './support/fleets.ts';
import { resourcesOf, stageOf } from './support/synthesise.ts';

const queries = savedQueries([wells, presses]);
const sqlOf = (table: string, key: string) =>
  queries.find((each) => each.table === table && each.key === key)?.sql;

describe('saved queries', () => {
  it('ask about every table, each under a name of its own', () => {
    expect(queries.map(({ name }) => name)).toEqual([
      'wells_levels: newest',
      'wells_levels: how many and how late',
      'wells_levels: topics, the longest silent first',
      'wells_levels: readings that came again',
      'wells_hourly: latest windows',
      'wells_hourly: windows that may still change',
      'quarantine: wells by reason',
      'presses_forces: newest',
      'presses_forces: topics, the longest silent first',
      'quarantine: presses by reason',
      'quarantine: newest',
      'quarantine: by reason',
    ]);
  });

  it('read the newest partition where they ask for the newest rows', () => {
    expect(sqlOf('wells_levels', 'newest')).toBe(
      'select *\nfrom wells_levels\nwhere _date = (select max(_date) from wells_levels)\norder by measured_at desc\nlimit 100',
    );
    expect(sqlOf('presses_forces', 'newest')).not.toContain('where');
  });

  it('tell what is quarantined of a fleet by the topics of its tables, Basic Ingest’s too', () => {
    const [, pattern] = /regexp_like\(_topic, '(.*)'\)/.exec(sqlOf('quarantine', 'reasons-presses')!)!;
    const ofPresses = new RegExp(pattern!);
    for (const topic of ['plant/a/press/force', '$aws/rules/tributary_dev_x/plant/a/press/force'])
      expect(topic).toMatch(ofPresses);
    for (const topic of ['plant/a/b/press/force', 'plant/a/press', 'other/plant/a/press/force'])
      expect(topic).not.toMatch(ofPresses);
  });

  it('stand in the stage’s workgroup, over its database', { timeout: 120_000 }, () => {
    const saved = resourcesOf(stageOf('dev'), 'AWS::Athena::NamedQuery').map(({ Properties }) => Properties);
    expect(saved.map(({ Name }) => Name)).toEqual(queries.map(({ name }) => name));
    for (const { Database, WorkGroup } of saved)
      expect([Database, WorkGroup]).toEqual(['tributary_dev', 'tributary-dev']);
  });
});
