import { CodedText } from './coded-text.ts';
import type { Column } from './column.ts';

/**
 * A text column while it grows. It begins as codes: numbers of the different texts (`CodedText`); where too many of them
 * differ it goes on as `values`, and `codes` is undefined.
 */
export type TextBuilder = {
  readonly kind: 'text';
  readonly type: 'string';
  validity: Uint8Array | undefined;
  values: (string | undefined)[];
  codes: Int32Array | undefined;
  readonly distinct: string[];
  readonly numbers: Map<string, number>;
  /** tells this column's codes from those of others */
  readonly id: number;
  /** what `setSteadyText` wrote last */
  last: string | undefined;
  lastCode: number;
};

/** Different texts from which on they have to repeat twice on average. */
const FEW = 1024;

let builders = 0;

export function createTextBuilder(capacity: number): TextBuilder {
  return {
    kind: 'text',
    type: 'string',
    validity: undefined,
    values: [],
    codes: new Int32Array(capacity),
    distinct: [],
    numbers: new Map(),
    id: ++builders,
    last: undefined,
    lastCode: 0,
  };
}

/** Writes a text into its slot, and says its code; undefined where the column has none any more. */
export function setText(column: TextBuilder, row: number, text: string): number | undefined {
  const { codes } = column;
  if (codes === undefined) {
    column.values[row] = text;
    return undefined;
  }
  const code = column.numbers.get(text) ?? addText(column, row, text);
  if (code === undefined) setPlainText(column, row, text);
  else codes[row] = code;
  return code;
}

/** Writes a text that is mostly the same object in one row after another. */
export function setSteadyText(column: TextBuilder, row: number, text: string): void {
  if (text === column.last && column.codes !== undefined) column.codes[row] = column.lastCode;
  else {
    column.lastCode = setText(column, row, text) ?? 0;
    column.last = text;
  }
}

function addText({ distinct, numbers }: TextBuilder, row: number, text: string): number | undefined {
  const code = distinct.length;
  if (code >= FEW && 2 * code > row) return undefined;
  numbers.set(text, code);
  distinct.push(text);
  return code;
}

/** Writes a text of a column that hardly ever has the same one twice. */
export function setPlainText(column: TextBuilder, row: number, text: string): void {
  const { codes, distinct, validity } = column;
  if (codes !== undefined) {
    for (let i = 0; i < row; i++) column.values[i] = validity?.[i] === 0 ? undefined : distinct[codes[i]!];
    column.codes = undefined;
  }
  column.values[row] = text;
}

export function finishText(column: TextBuilder, length: number, validity: Uint8Array | undefined): Column {
  const { type, kind, codes, distinct, values } = column;
  if (codes !== undefined) return new CodedText(distinct, codes.subarray(0, length), validity);
  values.length = length;
  return { kind, type, validity, values };
}
