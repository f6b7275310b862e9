/**
 * A record of a file: `number` counts the file's records from 1, bad ones too, and so names a row for good; `line` is the
 * line (from 1) on which the record ends.
 */
export type FileRow =
  | {
      readonly kind: 'row';
      readonly number: number;
      readonly line: number;
      /** by name; CSV: texts, NDJSON: JSON values */
      readonly fields: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'bad';
      readonly number: number;
      readonly line: number;
      readonly detail: string;
      /** NDJSON: the line as it stands in the file; CSV: its cells as a JSON array */
      readonly bytes: Uint8Array;
    };
