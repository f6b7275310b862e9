import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs';

/** Beyond so many bytes a log starts over; the one before stays as `<name>.1`. */
const MAXIMUM_BYTES = 16 * 1024 * 1024;

export type LogFile = {
  write(chunk: string): void;
  close(): void;
};

/**
 * Appends to a log that never takes more than twice `MAXIMUM_BYTES`. What cannot be written (a full disk) must not stop
 * the work that it tells of: that is said once, on stderr.
 */
export function openLogFile(path: string): LogFile {
  let file: number | undefined = openSync(path, 'a');
  let bytes = statSync(path).size;
  let complained = false;

  function append(chunk: string): void {
    if (file === undefined) return;
    if (bytes > MAXIMUM_BYTES) {
      closeSync(file);
      file = undefined;
      renameSync(path, `${path}.1`);
      file = openSync(path, 'a');
      bytes = 0;
    }
    bytes += writeSync(file, chunk);
  }

  return {
    write(chunk) {
      try {
        append(chunk);
      } catch (error) {
        if (!complained) process.stderr.write(`tributary: ${path} cannot be written: ${String(error)}\n`);
        complained = true;
      }
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}
