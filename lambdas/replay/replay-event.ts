import { UsageError } from '../../src/errors.ts';
import type { QuarantineSelection } from '../../src/ingest/quarantine-rows.ts';

/**
 * Which messages of the quarantine to try, as somebody typed it: `{}` is all that is open;
 * `{"reason": "out-of-range", "table": "weather/observations", "since": "2026-01-31T12:00:00Z", "limit": 1000}` is less.
 *
 * @throws UsageError for anything else: a field that is misspelt would try everything
 */
export function parseReplayEvent(event: unknown): QuarantineSelection & { readonly limit?: number } {
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    throw new UsageError(`${JSON.stringify(event)} is no selection: give {} or {"reason": …, "table": …}`);
  const selection: { reason?: string; table?: string; since?: number; limit?: number } = {};
  for (const [name, value] of Object.entries(event)) {
    const given = `${JSON.stringify(name)}: ${JSON.stringify(value)}`;
    switch (name) {
      case 'reason':
      case 'table':
        if (typeof value !== 'string') throw new UsageError(`${given} is no text`);
        selection[name] = value;
        break;
      case 'since':
        if (typeof value !== 'string' || Number.isNaN(Date.parse(value)))
          throw new UsageError(`${given} is no time: write it as 2026-01-31T12:00:00Z`);
        selection.since = Date.parse(value);
        break;
      case 'limit':
        if (!Number.isSafeInteger(value) || (value as number) < 1)
          throw new UsageError(`${given} is no whole number above 0`);
        selection.limit = value as number;
        break;
      default:
        throw new UsageError(`${given} is not known; there are reason, table, since, limit`);
    }
  }
  return selection;
}
