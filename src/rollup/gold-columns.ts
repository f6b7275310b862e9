/** The columns that every rollup has beside its groups and measures, and before its partition column. */
export const GOLD = {
  windowStart: 'window_start',
  windowEnd: 'window_end',
  asOf: 'as_of',
  final: 'final',
} as const;
