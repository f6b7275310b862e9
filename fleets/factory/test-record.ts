import { double } from '../../src/fleet/index.ts';

const STATIONS = 50;
const FEATURES_OF_STATION = 20;
const STATIONS_OF_LINE = 13;

/** The names of a part's measurements, as the header of a file has them: `L0_S0_F0`, by line, station and feature. */
export const MEASUREMENTS: readonly string[] = Array.from(
  { length: STATIONS * FEATURES_OF_STATION },
  (_, feature) => {
    const station = Math.floor(feature / FEATURES_OF_STATION);
    return `L${Math.floor(station / STATIONS_OF_LINE)}_S${station}_F${feature}`;
  },
);

/**
 * The columns of what stations measured of a part on its way: a thousand numbers, of which a part has those of the stations that
 * it passed. No definition names any of them, so that the compiler need not know them.
 */
export function measurementColumns(): {} {
  return Object.fromEntries(
    MEASUREMENTS.map((name) => [name.toLowerCase(), double({ from: name, coerce: true, optional: true })]),
  );
}
