/** Grafana's ids of units that fleets are likely to name; it shows any other behind the number as it is. */
const UNITS: Readonly<Record<string, string>> = {
  '°C': 'celsius',
  '°F': 'fahrenheit',
  K: 'kelvin',
  '%': 'percent',
  ms: 'ms',
  s: 's',
  mm: 'lengthmm',
  m: 'lengthm',
  km: 'lengthkm',
  'm/s': 'velocityms',
  'km/h': 'velocitykmh',
  g: 'massg',
  kg: 'masskg',
  hPa: 'pressurehpa',
  bar: 'pressurebar',
  W: 'watt',
  kW: 'kwatt',
  kWh: 'kwatth',
  V: 'volt',
  A: 'amp',
  Hz: 'hertz',
};

/** A unit as Grafana's fields name it. */
export function grafanaUnit(unit: string): string {
  return UNITS[unit] ?? `suffix: ${unit}`;
}
