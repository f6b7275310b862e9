import type { Command } from 'commander';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DeltaError, TableRefusedError } from '../../src/delta/errors.ts';
import { UsageError } from '../../src/errors.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { openStore } from '../../src/stores/open-store.ts';

export type LocationOptions = { readonly json?: true; readonly endpoint?: string };

/** A table by where it lies, of whatever lake. */
export type Location = {
  /** as it was typed */
  readonly text: string;
  /** `s3://bucket/prefix`, `file:///folder` */
  readonly url: string;
  readonly store: ObjectStore;
};

export function addLocation(command: Command): Command {
  return command
    .argument('<location>', 'a folder, or s3://bucket/prefix')
    .option('--endpoint <url>', 'where S3 is, if it is not Amazon’s: as AWS_ENDPOINT_URL_S3')
    .option('--json', 'print one JSON value for machines');
}

/** @throws UsageError for an address that is none */
export function openLocation(text: string, { endpoint }: LocationOptions): Location {
  if (endpoint !== undefined) process.env['AWS_ENDPOINT_URL_S3'] = checkUrl(endpoint);
  const url = /^[a-z][a-z0-9+.-]*:/i.test(text) ? text : pathToFileURL(resolve(text)).href;
  return { text, url, store: openStore(text) };
}

function checkUrl(text: string): string {
  if (/^https?:\/\/[^/]/.test(text) && URL.canParse(text)) return text;
  throw new UsageError(`--endpoint ${JSON.stringify(text)} is no address: give one as http://127.0.0.1:9000`);
}

/** The value, where there is a table. @throws UsageError where there is none */
export function found<T>(value: T | undefined, { text }: Location): T {
  if (value !== undefined) return value;
  throw new UsageError(`there is no Delta table at ${text}: it holds no _delta_log with a commit`);
}

/** What a table cannot do for whoever typed it is a mistake; a table that is broken or foreign is none. */
export async function explainMistakes<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const isMistake =
      error instanceof DeltaError && !(error instanceof TableRefusedError) && !error.retriable;
    if (isMistake) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
