/** Time by what it counts as, and parts, of one line in one window. Times in milliseconds. */
export type LineWindow = {
  /** running, however slowly: productive, performance loss, microstops */
  readonly available: number;
  /** stops that are no microstops */
  readonly stopped: number;
  /** parts that the line would have made in its available time at its design speed; undefined where that speed is not known throughout */
  readonly idealParts: number | undefined;
  /** parts that were made, the bad ones among them; undefined where no counter was heard of */
  readonly processed: number | undefined;
  readonly defective: number;
};

/** Each from 0 to 1, performance above it where a line outruns its design speed; undefined where it means nothing. */
export type KeyFigures = {
  readonly availability: number | undefined;
  readonly performance: number | undefined;
  readonly quality: number | undefined;
  readonly oee: number | undefined;
};

/**
 * Overall equipment effectiveness:
 *
 * - availability = available / (available + stopped): excluded and unknown time is left out
 * - performance = processed / ideal parts
 * - quality = (processed - defective) / processed
 * - OEE = their product; 0 where the line was never available or made nothing, although quality means nothing then
 */
export function keyFigures(line: LineWindow): KeyFigures {
  const { available, stopped, idealParts, processed, defective } = line;
  const availability = available + stopped > 0 ? available / (available + stopped) : undefined;
  const performance =
    available > 0 && idealParts !== undefined && idealParts > 0 && processed !== undefined
      ? processed / idealParts
      : undefined;
  const quality = processed !== undefined && processed > 0 ? (processed - defective) / processed : undefined;
  return { availability, performance, quality, oee: product(availability, performance, quality) };
}

function product(
  availability: number | undefined,
  performance: number | undefined,
  quality: number | undefined,
): number | undefined {
  if (availability === 0 || performance === 0) return 0;
  if (availability === undefined || performance === undefined || quality === undefined) return undefined;
  return availability * performance * quality;
}
