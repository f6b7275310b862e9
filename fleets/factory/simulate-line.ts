import type { SimulatedDevice, SimulatedMessage } from '../../src/fleet/model.ts';
import { type State, stateNumber, STATES } from './packml.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** A simulated factory began its day this long before now: what its devices missed, they say as fast as they are asked. */
export const HISTORY = 4 * 60 * MINUTE;
/** How often counters and speed are said while the line runs. */
const REPORT = MINUTE;
/** What a line lives through in one call, where it has to catch up. */
const STRIDE = 2 * MINUTE;

type Place = { readonly site: string; readonly area: string; readonly line: string };
/** A state, and for how long at least and at most (milliseconds). */
type Leg = readonly [state: State, least: number, most: number];

/** Ways away from Execute and back, the seldom ones first; `share`: of all interruptions. */
const INTERRUPTIONS: readonly {
  readonly share: number;
  readonly mode: number;
  readonly legs: readonly Leg[];
}[] = [
  // a changeover to the next product
  {
    share: 0.06,
    mode: 4,
    legs: [
      ['Completing', 20 * SECOND, 40 * SECOND],
      ['Complete', 10 * SECOND, 60 * SECOND],
      ['Resetting', 5 * MINUTE, 15 * MINUTE],
      ['Idle', 10 * SECOND, 5 * MINUTE],
      ['Starting', 20 * SECOND, MINUTE],
    ],
  },
  // a failure
  {
    share: 0.1,
    mode: 1,
    legs: [
      ['Aborting', 2 * SECOND, 6 * SECOND],
      ['Aborted', MINUTE, 12 * MINUTE],
      ['Clearing', 20 * SECOND, 2 * MINUTE],
      ['Stopped', 30 * SECOND, 10 * MINUTE],
      ['Resetting', 20 * SECOND, MINUTE],
      ['Idle', 5 * SECOND, 20 * SECOND],
      ['Starting', 20 * SECOND, MINUTE],
    ],
  },
  // nothing to work on, or no room for what was made
  {
    share: 0.34,
    mode: 1,
    legs: [
      ['Suspending', SECOND, 3 * SECOND],
      ['Suspended', 20 * SECOND, 4 * MINUTE],
      ['Unsuspending', SECOND, 3 * SECOND],
    ],
  },
  // a jam that an operator frees
  {
    share: 0.5,
    mode: 1,
    legs: [
      ['Holding', SECOND, 3 * SECOND],
      ['Held', 8 * SECOND, 100 * SECOND],
      ['Unholding', 2 * SECOND, 5 * SECOND],
    ],
  },
];

/** A production line: a PackML state machine that runs, jams, starves, fails and is changed over, and counts what it makes. */
export function simulateLine(place: Place, random: () => number): SimulatedDevice {
  const between = (least: number, most: number) => least + (most - least) * random();
  const counts = { ProdConsumedCount: 0, ProdProcessedCount: 0, ProdDefectiveCount: 0 };
  const scrap = between(0.005, 0.04);
  let clock: number | undefined;
  let state: State = 'Execute';
  let until = 0;
  let legs: Leg[] = [];
  let mode = 1;
  let design = Math.round(between(40, 120));
  let report = 0;
  let parts = 0;
  let out: SimulatedMessage[] = [];

  const say = (table: string, value: unknown, at: number, levels: Readonly<Record<string, string>> = {}) => {
    const payload = { value, at: new Date(Math.floor(at)).toISOString() };
    out.push({ table, levels: { ...place, ...levels }, payload });
  };
  const enter = (next: State, at: number, stay: number) => {
    state = next;
    until = at + stay;
    say('states', stateNumber(state), at);
    say('state_names', STATES[stateNumber(state)], at);
    if (state !== 'Execute') say('speeds', 0, at);
  };
  const setMode = (next: number, at: number) => {
    if (mode !== next) say('modes', next, at);
    mode = next;
  };
  const setDesignSpeed = (at: number) => {
    say('design_speeds', design, at);
    say('setpoints', Math.round(design * 0.95), at);
  };
  const sayCounts = (at: number) => {
    for (const [counter, value] of Object.entries(counts))
      say('counts', value, at, { counter, product: '0' });
  };
  const leave = (at: number) => {
    const [leg, ...rest] = legs;
    if (leg !== undefined) {
      legs = rest;
      enter(leg[0], at, between(leg[1], leg[2]));
    } else if (state === 'Execute') {
      sayCounts(at);
      let draw = random();
      const interruption = INTERRUPTIONS.find(({ share }) => (draw -= share) < 0) ?? INTERRUPTIONS.at(-1)!;
      setMode(interruption.mode, at);
      legs = [...interruption.legs];
      leave(at);
    } else {
      if (mode === 4) {
        design = Math.round(between(40, 120));
        setDesignSpeed(at);
      }
      setMode(1, at);
      enter('Execute', at, between(MINUTE, 12 * MINUTE));
      report = at + REPORT;
    }
  };
  const produce = (duration: number) => {
    if (state !== 'Execute') return;
    parts += (duration / MINUTE) * design * between(0.82, 0.99);
    for (; parts >= 1; parts--) {
      counts.ProdConsumedCount++;
      counts.ProdProcessedCount++;
      if (random() < scrap) counts.ProdDefectiveCount++;
    }
  };

  return {
    id: place.line,
    attributes: place,
    next(now) {
      out = [];
      if (clock === undefined) {
        clock = now - HISTORY;
        say('modes', mode, clock);
        setDesignSpeed(clock);
        sayCounts(clock);
        enter('Execute', clock, between(MINUTE, 10 * MINUTE));
        report = clock + REPORT;
      }
      const end = Math.min(now, clock + STRIDE);
      while (clock < end) {
        const step = Math.min(end, until, state === 'Execute' ? report : Infinity);
        produce(step - clock);
        clock = step;
        if (state === 'Execute' && clock >= report) {
          say('speeds', Math.round(design * between(0.85, 1)), clock);
          sayCounts(clock);
          report = clock + REPORT;
        }
        if (clock >= until) leave(clock);
      }
      return out;
    },
  };
}
