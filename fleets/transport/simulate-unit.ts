import type { SimulatedDevice, SimulatedMessage } from '../../src/fleet/model.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A unit begins this long ago and catches up, a few messages at a time. */
const HISTORY = 7 * 24 * HOUR;
/** How often it says where it is and how it runs. */
const REPORT = 15 * MINUTE;
const KM_PER_DEGREE = 111.32;

/** What there is: cruising speed (km/h), length (m), engine temperature at work (°C), fuel used a km (%). */
const TYPES = [
  {
    type: 'aerial',
    makers: ['Airbus', 'Boeing'],
    speed: 820,
    length: 44,
    heat: 610,
    thirst: 0.012,
    altitude: 10_400,
  },
  {
    type: 'maritime',
    makers: ['Meyer', 'Imabari'],
    speed: 34,
    length: 190,
    heat: 78,
    thirst: 0.018,
    altitude: 0,
  },
  {
    type: 'land',
    makers: ['Scania', 'Volvo'],
    speed: 78,
    length: 17,
    heat: 92,
    thirst: 0.09,
    altitude: undefined,
  },
] as const;

const COMPANIES = [
  { company_id: 'c-100', company_name: 'Northwind Freight' },
  { company_id: 'c-200', company_name: 'Meridian Lines' },
  { company_id: 'c-300', company_name: 'Halden Logistics' },
] as const;

const HOMES = [
  { latitude: 53.55, longitude: 9.99 },
  { latitude: 51.92, longitude: 4.48 },
  { latitude: 55.68, longitude: 12.57 },
] as const;

/** A unit that makes trips from its home and back, rests, refuels, and once in a while belongs to somebody else. */
export function simulateUnit(index: number, random: () => number): SimulatedDevice {
  const kind = TYPES[index % TYPES.length]!;
  const home = HOMES[index % HOMES.length]!;
  const unit = `${kind.type}-${String(Math.floor(index / TYPES.length) + 1).padStart(3, '0')}`;
  const maker = kind.makers[Math.floor(random() * kind.makers.length)]!;
  let company = Math.floor(random() * COMPANIES.length);
  let { latitude, longitude }: { latitude: number; longitude: number } = home;
  let heading = 2 * Math.PI * random();
  let fuel = 50 + 50 * random();
  let moving = true;
  let until = 0;
  let clock: number | undefined;
  let due = 0;

  const describe = (at: number): SimulatedMessage => ({
    table: 'unit_descriptions',
    levels: { unit },
    payload: {
      changed_at: new Date(at).toISOString(),
      manufacturer_name: maker,
      ...COMPANIES[company]!,
      vehicle_type: kind.type,
      length: kind.length,
    },
  });

  /** Moves the unit on from one instant to the next. */
  const travel = (from: number, to: number) => {
    if (from >= until) {
      moving = !moving;
      until = from + (moving ? 3 + 9 * random() : 1 + 5 * random()) * HOUR;
      // out at random, and home again from too far away
      const far = Math.hypot(latitude - home.latitude, longitude - home.longitude) > 8;
      heading = far
        ? Math.atan2(home.longitude - longitude, home.latitude - latitude)
        : 2 * Math.PI * random();
    }
    if (!moving) return;
    const km = (kind.speed * (0.85 + 0.2 * random()) * (to - from)) / HOUR;
    latitude = clamp(latitude + (km * Math.cos(heading)) / KM_PER_DEGREE, -75, 75);
    longitude += (km * Math.sin(heading)) / (KM_PER_DEGREE * Math.cos((latitude * Math.PI) / 180));
    longitude = ((longitude + 540) % 360) - 180;
    fuel = fuel < 12 ? 100 : Math.max(0, fuel - km * kind.thirst);
  };

  return {
    id: unit,
    next(now) {
      const out: SimulatedMessage[] = [];
      if (clock === undefined) {
        clock = now - HISTORY;
        due = clock;
        out.push(describe(clock));
      }
      if (due > now) return out;
      const at = due;
      travel(clock, at);
      clock = at;
      due = at + REPORT;
      // sold, about once in three weeks; said again for no reason, about once in ten days
      const sold = random() < 0.0005;
      if (sold) company = (company + 1) % COMPANIES.length;
      if (sold || random() < 0.001) out.push(describe(at));
      out.push(
        {
          table: 'locations',
          levels: { unit },
          payload: {
            located_at: new Date(at).toISOString(),
            latitude: round(latitude, 5),
            longitude: round(longitude, 5),
            ...(kind.altitude === undefined ? {} : { altitude_m: moving ? kind.altitude : 0 }),
          },
        },
        {
          table: 'performance',
          levels: { unit },
          payload: {
            created_at: new Date(at).toISOString(),
            fuel_percentage: round(fuel, 1),
            speed_km_h: moving ? round(kind.speed * (0.85 + 0.2 * random()), 1) : 0,
            engine_temperature: round(moving ? kind.heat * (0.95 + 0.1 * random()) : 20 + 5 * random(), 1),
          },
        },
      );
      return out;
    },
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
