/** What Grafana (`$__interval_ms`) and its Athena plugin (the others) put in the place of their macros. */
export function expandMacros(
  sql: string,
  { from, to, intervalMs }: { readonly from: number; readonly to: number; readonly intervalMs: number },
): string {
  return sql
    .replaceAll('$__timeFrom()', timestampOf(from))
    .replaceAll('$__timeTo()', timestampOf(to))
    .replaceAll('$__interval_ms', String(intervalMs));
}

/** To the second, UTC. */
function timestampOf(ms: number): string {
  return `TIMESTAMP '${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}'`;
}
