export { factory } from './factory.ts';
export { vehicles } from './vehicles.ts';
export { weather } from './weather.ts';
