import type { Column } from './column.ts';

/**
 * A text column whose values repeat: every different text once, and for each row its number among them; of a null any number.
 * Some of the texts may be nobody's. To everybody who asks for its values it is a text column like others.
 */
export class CodedText {
  readonly kind = 'text';
  readonly type = 'string';
  readonly validity: Uint8Array | undefined;
  readonly codes: Int32Array;
  readonly distinct: readonly string[];
  #values: readonly (string | undefined)[] | undefined;

  constructor(distinct: readonly string[], codes: Int32Array, validity: Uint8Array | undefined) {
    this.distinct = distinct;
    this.codes = codes;
    this.validity = validity;
  }

  /** made when they are asked for */
  get values(): readonly (string | undefined)[] {
    this.#values ??= Array.from(this.codes, (code, row) =>
      this.validity?.[row] === 0 ? undefined : this.distinct[code],
    );
    return this.#values;
  }

  /** The same texts in other rows. */
  with(codes: Int32Array, validity: Uint8Array | undefined): CodedText {
    return new CodedText(this.distinct, codes, validity);
  }
}

/** Slots of a column. */
export function countSlots(column: Column): number {
  return column instanceof CodedText ? column.codes.length : column.values.length;
}
