import { coversFilter, type IotRule, topicFilter } from '../src/fleet/index.ts';
import type { Table } from '../src/fleet/model.ts';

/**
 * What stands before a table's topics for Basic Ingest, which hands a message to a rule without a broker's charge:
 * `$aws/rules/<rule>/`. Remembers tables: it is asked for every message.
 */
export function createPrefixes(rules: readonly IotRule[]): (table: Table) => string {
  const known = new Map<Table, string>();
  return (table) => {
    let prefix = known.get(table);
    if (prefix === undefined) {
      const filter = topicFilter(table.segments);
      const rule = rules.find((each) => coversFilter(each.filter, filter));
      if (rule === undefined) throw new Error(`no rule takes ${table.topic}`);
      prefix = `$aws/rules/${rule.name}/`;
      known.set(table, prefix);
    }
    return prefix;
  };
}
