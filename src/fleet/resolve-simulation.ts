import { type Faults, isFields, refuseUnknownKeys, show } from './faults.ts';
import type { SimulatedHistory, Simulation } from './model.ts';
import { readOptions } from './options.ts';

const OPTIONS = ['devices', 'interval', 'history', 'fileRow', 'device'];

/** How a definition says that its devices behave, checked; undefined where it says nothing, or nothing that could run. */
export function resolveSimulation(given: unknown, path: string, faults: Faults): Simulation | undefined {
  if (given === undefined) return undefined;
  if (!isFields(given)) {
    faults.add(path, `${show(given)} is no simulation; say { devices, interval, device }`);
    return undefined;
  }
  refuseUnknownKeys(given, OPTIONS, path, faults);
  const options = readOptions(given, path, faults);
  const devices = options.number('devices') ?? NaN;
  const interval = options.duration('interval') ?? 0;
  const { device, fileRow } = given;
  if (!Number.isSafeInteger(devices) || devices < 1) {
    faults.add(`${path}.devices`, `${show(given['devices'])} is no number of devices, 1 or more`);
  }
  if (interval === 0)
    faults.add(`${path}.interval`, 'how often a device speaks has to be said, and to be more than 0');
  const history = resolveHistory(given['history'], `${path}.history`, faults);
  if (fileRow !== undefined && typeof fileRow !== 'function') {
    faults.add(`${path}.fileRow`, `${show(fileRow)} is no function (message) => row`);
  }
  if (typeof device !== 'function') {
    faults.add(`${path}.device`, `${show(device)} is no function (index, random) => ({ id, next })`);
    return undefined;
  }
  return {
    devices,
    interval,
    history,
    fileRow: fileRow as Simulation['fileRow'],
    device: device as Simulation['device'],
  };
}

function resolveHistory(given: unknown, path: string, faults: Faults): SimulatedHistory | undefined {
  if (given === undefined) return undefined;
  if (!isFields(given)) {
    faults.add(path, `${show(given)} is no history; say { span: '365 days', step: '1 hour' }`);
    return undefined;
  }
  refuseUnknownKeys(given, ['span', 'step'], path, faults);
  const options = readOptions(given, path, faults);
  const [span, step] = [options.duration('span') ?? 0, options.duration('step') ?? 0];
  if (step === 0)
    faults.add(`${path}.step`, 'how much time passes with a message has to be said, and to be more than 0');
  if (span < step) faults.add(`${path}.span`, `${show(given['span'])} is no past of one step at least`);
  return { span, step };
}
