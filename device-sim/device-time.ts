import type { Simulation } from '../src/fleet/model.ts';

/** The time in which a device lives, milliseconds UTC: the clock's, or a past that catches up with it. */
export type DeviceTime = {
  /** the time of the device's next message; undefined: not before `due` on the clock */
  next(now: number): number | undefined;
  /** when the device can have something to say again (on the clock); 0: whenever it is asked */
  readonly due: number;
};

export function createDeviceTime({ history }: Pick<Simulation, 'history'>, started: number): DeviceTime {
  if (history === undefined) return { next: (now) => now, due: 0 };
  const { span, step } = history;
  let at = Math.floor((started - span) / step) * step;
  return {
    next(now) {
      if (at > now) return undefined;
      const present = at;
      at += step;
      return present;
    },
    get due() {
      return at;
    },
  };
}
