import { TributaryError } from '../errors.ts';

/** A store could not do what was asked. Writes that fail so may have taken effect: the caller has to look. */
export class StoreError extends TributaryError {}
