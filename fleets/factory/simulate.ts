import type { SimulatedDevice, SimulatedMessage } from '../../src/fleet/model.ts';
import { HISTORY, simulateLine } from './simulate-line.ts';

const MINUTE = 60_000;
const SITE = 'north';
const AREAS = ['pressing', 'packing'] as const;
const LINES = 6;
const SENSORS = 4;

/** Lines first, then sensors and a generator for each area; further devices are further lines. */
export const simulateFactory = {
  devices: LINES + SENSORS + AREAS.length,
  interval: '20 milliseconds',
  device(index: number, random: () => number): SimulatedDevice {
    const area = AREAS[index % AREAS.length]!;
    if (index >= LINES && index < LINES + SENSORS) {
      const sensor = `${area}-ambient-${index - LINES + 1}`;
      return everyMinute(sensor, (at) => ambientMessage(area, sensor, at, random));
    }
    if (index >= LINES + SENSORS && index < LINES + SENSORS + AREAS.length)
      return simulateGenerator(area, random);
    const number = index < LINES ? index : index - SENSORS - AREAS.length;
    const line = `line-${String(number + 1).padStart(2, '0')}`;
    return simulateLine({ site: SITE, area, line }, random);
  },
};

function simulateGenerator(area: string, random: () => number): SimulatedDevice {
  const generator = `${area}-generator`;
  let energy = 1000 * random();
  let fuel = 60 + 40 * random();
  return everyMinute(generator, (at) => {
    const power = 80 + 30 * daily(at) + 10 * random();
    energy += power / 60;
    fuel = fuel < 10 ? 100 : fuel - power / 6000;
    const payload = {
      power_kw: round(power, 1),
      energy_kwh: round(energy, 3),
      fuel_pct: round(fuel, 1),
      at: new Date(at).toISOString(),
    };
    return { table: 'generators', levels: { site: SITE, area, generator }, payload };
  });
}

function ambientMessage(area: string, sensor: string, at: number, random: () => number): SimulatedMessage {
  const payload = {
    temperature_c: round(21 + 4 * daily(at) + random(), 1),
    humidity_pct: round(45 - 8 * daily(at) + 3 * random(), 1),
    at: new Date(at).toISOString(),
  };
  return { table: 'ambient', levels: { site: SITE, area, sensor }, payload };
}

/** A device that measures at each full minute, those that it missed one after another. */
function everyMinute(id: string, measure: (at: number) => SimulatedMessage): SimulatedDevice {
  let due: number | undefined;
  return {
    id,
    next(now) {
      due ??= Math.ceil((now - HISTORY) / MINUTE) * MINUTE;
      if (due > now) return [];
      const message = measure(due);
      due += MINUTE;
      return [message];
    },
  };
}

/** From -1 before dawn to 1 in the afternoon. */
function daily(at: number): number {
  return -Math.cos((((at % 86_400_000) / 86_400_000) * 24 - 3) * (Math.PI / 12));
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
