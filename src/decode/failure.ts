/** Why a reading, or a whole message, became no row. The codes stand in the quarantine and never change their meaning. */
export type FailureReason =
  | 'unroutable-topic'
  | 'not-json'
  | 'no-reading'
  | 'missing-column'
  | 'wrong-type'
  | 'out-of-range'
  | 'time-ahead'
  | 'too-old'
  | 'table-refused';

export type Failure = {
  /** the reading's number in the message, from 0; -1: the whole message */
  readonly index: number;
  readonly reason: FailureReason;
  readonly column?: string;
  /** one line of bounded length: what was received, what would have done */
  readonly detail: string;
};

/** What is wrong with one value; the decoder adds which reading and column it is about. */
export type Problem = { readonly reason: FailureReason; readonly detail: string };

const MAX_DETAIL_LENGTH = 200;
const MAX_QUOTED_LENGTH = 60;

/** One line of bounded length that has a UTF-8 form, whatever a device put into it. */
export function formatDetail(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what has to go
  const line = text.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
  return line.length <= MAX_DETAIL_LENGTH ? line : `${line.slice(0, MAX_DETAIL_LENGTH - 1).toWellFormed()}…`;
}

export function wrongType(expected: string, value: unknown): Problem {
  return {
    reason: 'wrong-type',
    detail: formatDetail(`expected ${expected}, received ${describeValue(value)}`),
  };
}

export function outOfRange(expected: string, value: unknown): Problem {
  return {
    reason: 'out-of-range',
    detail: formatDetail(`expected ${expected}, received ${describeValue(value)}`),
  };
}

/** A JSON value in a few words: scalars as they are, long text cut. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') {
    const cut = value.length > MAX_QUOTED_LENGTH;
    return `text ${JSON.stringify(cut ? `${value.slice(0, MAX_QUOTED_LENGTH)}…` : value)}`;
  }
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return value === undefined ? 'nothing' : String(value);
}
