export { station } from './station.ts';
export { vehicles } from './vehicles.ts';
export { weather } from './weather.ts';
