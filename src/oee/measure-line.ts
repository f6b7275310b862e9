import { type KeyFigures, keyFigures } from './key-figures.ts';
import { cutStretches, findStops, type LossClass, type Stretch } from './stretches.ts';

/** What is known of a line; each list stands in order of time. Times in milliseconds. */
export type LineHistory = {
  readonly states: readonly Stretch<LossClass | undefined>[];
  /** parts a minute */
  readonly designSpeeds: readonly Stretch<number>[];
  /** by how much counters went on, when that was heard of */
  readonly steps: readonly { readonly at: number; readonly processed: number; readonly defective: number }[];
};

export type LineSettings = {
  /** a stop that is no longer is a microstop: a loss of performance, not of availability */
  readonly microstop: number;
};

export type LineFigures = KeyFigures & {
  readonly available: number;
  /** of the available time: performance loss, microstops */
  readonly slow: number;
  readonly microstopped: number;
  readonly stopped: number;
  readonly excluded: number;
  readonly unknown: number;
  /** that began in the window */
  readonly microstops: number;
  readonly stops: number;
  readonly idealParts: number;
  readonly processed: number | undefined;
  readonly defective: number | undefined;
};

/**
 * The key figures of a line from `from` until before `to`, as far as `asOf` reaches. Stretches are cut at these borders; a stop is a
 * microstop by all of its length, also what lies beyond them.
 */
export function measureLine(
  history: LineHistory,
  window: { readonly from: number; readonly to: number; readonly asOf: number },
  { microstop }: LineSettings,
): LineFigures {
  const { from, asOf } = window;
  const to = Math.min(window.to, asOf);
  const known = cutStretches(history.states, -Infinity, asOf);
  const stops = findStops(known);
  const short = stops.filter((stop) => stop.to - stop.from <= microstop);
  const long = stops.filter((stop) => stop.to - stop.from > microstop);
  const startingIn = (all: readonly { readonly from: number }[]) =>
    all.filter((stop) => stop.from >= from && stop.from < window.to).length;
  const lengthOf = (stretches: readonly { readonly from: number; readonly to: number }[]) =>
    cutStretches(
      stretches.map((each) => ({ ...each, value: undefined })),
      from,
      to,
    ).reduce((sum, each) => sum + each.to - each.from, 0);
  const lengthIn = (value: LossClass) => lengthOf(known.filter((each) => each.value === value));

  const slow = lengthIn('performance');
  const [microstopped, stopped] = [lengthOf(short), lengthOf(long)];
  const available = lengthIn('productive') + slow + microstopped;
  const excluded = lengthIn('excluded');
  const running = cutStretches(
    [
      ...known.filter(({ value }) => value === 'productive' || value === 'performance'),
      ...short.map((stop) => ({ ...stop, value: undefined })),
    ],
    from,
    to,
  );
  const paces = running.flatMap((each) => cutStretches(history.designSpeeds, each.from, each.to));
  const paced = paces.reduce((sum, each) => sum + each.to - each.from, 0);
  const idealParts = paces.reduce((sum, each) => sum + ((each.to - each.from) * each.value) / 60_000, 0);
  const heard = history.steps.filter(({ at }) => at >= from && at < window.to);
  const total = (pick: (step: (typeof heard)[number]) => number) =>
    heard.length === 0 ? undefined : heard.reduce((sum, step) => sum + pick(step), 0);
  const [processed, defective] = [total((step) => step.processed), total((step) => step.defective)];
  return {
    ...keyFigures({
      available,
      stopped,
      idealParts: paced === available ? idealParts : undefined,
      processed,
      defective: defective ?? 0,
    }),
    available,
    slow,
    microstopped,
    stopped,
    excluded,
    unknown: Math.max(0, to - from - available - stopped - excluded),
    microstops: startingIn(short),
    stops: startingIn(long),
    idealParts,
    processed,
    defective,
  };
}
