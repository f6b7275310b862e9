export { factory } from './factory.ts';
export { station } from './station.ts';
export { transport } from './transport.ts';
export { vehicles } from './vehicles.ts';
export { weather } from './weather.ts';
