import { fileURLToPath } from 'node:url';
import { UsageError } from '../errors.ts';
import { createFolderStore } from './folder-store.ts';
import type { ObjectStore } from './object-store.ts';
import { connectS3 } from './s3-client.ts';
import { createS3Store } from './s3-store.ts';

/** Bucket names, as S3 allows them. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * The store at an address: `s3://bucket/prefix`, `file:///folder`, or a path. Nothing is read, made or connected to yet.
 *
 * @throws UsageError for any other address
 */
export function openStore(address: string): ObjectStore {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      if (address === '') throw refuse(address, 'it is empty');
      return createFolderStore(address);
    case 'file':
      return createFolderStore(parseFileUrl(address));
    case 's3':
      return createS3Store({ client: connectS3, ...parseS3Url(address) });
    default:
      throw refuse(address, `"${scheme}:" is none of the stores known here`);
  }
}

function parseFileUrl(address: string): string {
  try {
    return fileURLToPath(address);
  } catch (cause) {
    throw refuse(address, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** No `URL`: it would fold dots and escape what S3 takes literally. */
function parseS3Url(address: string): { bucket: string; prefix: string } {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(address) ?? [];
  if (!BUCKET.test(bucket)) throw refuse(address, `"${bucket}" is no name of a bucket`);
  const prefix = path.replace(/\/+$/, '');
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}

function refuse(address: string, reason: string, cause?: unknown): UsageError {
  return new UsageError(
    `cannot open a store at ${JSON.stringify(address)}: ${reason}; give s3://bucket/prefix, file:///folder or a path`,
    { cause },
  );
}
