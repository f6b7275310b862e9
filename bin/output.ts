import { CommanderError } from 'commander';
import { DeltaError } from '../src/delta/errors.ts';
import { UsageError } from '../src/errors.ts';
import { QueryServiceError } from '../src/sql/sql-error.ts';
import { StoreError } from '../src/stores/store-error.ts';
import { describeAwsError } from './aws-errors.ts';

/** 1: something is lost, doubled or broken; 2: what was typed or defined cannot be done; 130: Ctrl-C ended it, as shells say. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** One line for what the user can mend or a table is to blame for, the stack for what we have to. Returns the exit code. */
export function printError(error: unknown): number {
  if (error instanceof CommanderError || error instanceof UsageError) {
    const [line = ''] = error.message
      .replace(/^error: /, '')
      .replaceAll('\n', ' ')
      .split('\r');
    process.stderr.write(`tributary: ${line}\n`);
    return EXIT.usage;
  }
  if (error instanceof DeltaError || error instanceof StoreError || error instanceof QueryServiceError) {
    process.stderr.write(`tributary: ${error.message.replaceAll('\n', ' ')}\n`);
    return EXIT.failed;
  }
  const aws = describeAwsError(error);
  if (aws !== undefined) {
    process.stderr.write(`tributary: ${aws.line.replaceAll('\n', ' ')}\n`);
    return aws.kind === 'environment' ? EXIT.usage : EXIT.failed;
  }
  process.stderr.write(
    `tributary: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return EXIT.failed;
}

/** `--json`: one JSON value on stdout; otherwise lines for people. */
export function printResult(json: boolean, value: unknown, lines: readonly string[]): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line}\n`).join(''));
}

/** Rows of cells with their columns aligned; numbers to the right. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const right = header.map(
    (_, i) => rows.length > 0 && rows.every((row) => /^-?[\d,.]*$/.test(row[i] ?? '')),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (right[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [line(header), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)];
}
