import { UsageError } from '../errors.ts';

/**
 * A fleet definition that contradicts itself. The message is one line, the first fault; `faults` has them all, each
 * beginning with the path of what is wrong.
 */
export class DefinitionError extends UsageError {
  readonly faults: readonly string[];

  constructor(faults: readonly [string, ...string[]]) {
    const [first, ...more] = faults;
    super(more.length === 0 ? first : `${first} (and ${more.length} more)`);
    this.faults = faults;
  }
}
