import type { AddFile, DeletionVector, RemoveFile } from './actions.ts';

/** Where an action's file is: a key relative to the table's root, or a place outside the table. */
export type FileLocation =
  { readonly kind: 'relative'; readonly key: string } | { readonly kind: 'absolute'; readonly url: string };

/** The file that a `path` names: URI-encoded once, relative to the table or absolute. */
export function locateFile(path: string): FileLocation {
  const decoded = decodeUri(path);
  if (/^[a-z][a-z0-9+.-]*:/i.test(decoded)) return { kind: 'absolute', url: decoded };
  if (decoded.startsWith('/')) return { kind: 'absolute', url: `file://${decoded}` };
  if (decoded.split('/').includes('..')) return { kind: 'absolute', url: decoded };
  return { kind: 'relative', key: decoded };
}

/**
 * What makes a logical file one: its path, however it is written, and its deletion vector ("Action Reconciliation"
 * in the protocol).
 */
export function fileIdentity({
  path,
  deletionVector,
}: Pick<AddFile | RemoveFile, 'path' | 'deletionVector'>): string {
  const vector = deletionVector === undefined ? '' : vectorIdentity(deletionVector);
  return `${canonicalPath(path)}\n${vector}`;
}

/** `/p`, `file:/p` and `file:///p` are the same file. */
function canonicalPath(path: string): string {
  const location = locateFile(path);
  if (location.kind === 'relative') return location.key;
  return location.url.replace(/^file:\/+/, 'file:///');
}

function vectorIdentity({ storageType, pathOrInlineDv, offset }: DeletionVector): string {
  return offset === undefined ? storageType + pathOrInlineDv : `${storageType}${pathOrInlineDv}@${offset}`;
}

/** Foreign paths may hold a `%` that encodes nothing. */
function decodeUri(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // not an encoded path: taken as it stands
    return path;
  }
}
