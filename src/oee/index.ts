export { type KeyFigures, keyFigures, type LineWindow } from './key-figures.ts';
export { type LineFigures, type LineHistory, type LineSettings, measureLine } from './measure-line.ts';
export {
  cutStretches,
  findStops,
  holdReports,
  type LossClass,
  type Stop,
  type Stretch,
} from './stretches.ts';
