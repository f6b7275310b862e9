import { UsageError } from '../errors.ts';

/** A definition that contradicts itself. The message begins with the path of the first fault. */
export class DefinitionError extends UsageError {
  /** every fault, `<path>: <what is wrong>` each */
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.length === 1 ? faults[0]! : `${faults[0]} (and ${faults.length - 1} more)`);
    this.faults = faults;
  }
}

/** Takes down what is wrong where. */
export type Faults = (path: string, what: string) => void;
