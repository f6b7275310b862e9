import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { UsageError } from '../../src/errors.ts';
import { openSqliteFile, type SqliteFormat } from '../sqlite-file.ts';
import { transact } from '../stream-file.ts';

/** A device as IoT Core knows it: policies speak of its name and attributes. */
export type Thing = { readonly name: string; readonly attributes: Readonly<Record<string, string>> };

/** Who the laptop's devices are, and by which certificates they are known. Several processes may hold it at once. */
export type ThingRegistry = {
  /** Lets a certificate stand for a thing, which it makes or gives these attributes. A thing may have several. */
  register(thing: Thing, certificatePem: string): void;
  /**
   * Whose certificate it is, or undefined where it is nobody's or was revoked.
   *
   * @param fingerprint SHA-256 as TLS sockets spell it: `fingerprint256` of the peer's certificate
   */
  find(fingerprint: string): Thing | undefined;
  /** Takes all certificates of the thing back; says how many counted until now, undefined where there is no such thing. */
  revoke(name: string): number | undefined;
  close(): void;
};

const FORMAT: SqliteFormat = {
  applicationId: 0x54724943,
  version: 1,
  create(db) {
    db.exec(`
      CREATE TABLE things (name TEXT PRIMARY KEY, attributes TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE certificates (
        fingerprint TEXT PRIMARY KEY, thing TEXT NOT NULL REFERENCES things (name), registered_at INTEGER NOT NULL,
        revoked_at INTEGER
      ) WITHOUT ROWID;
      CREATE INDEX certificates_by_thing ON certificates (thing)`);
  },
};

/**
 * The registry of a folder, made where there is none.
 *
 * @throws UsageError where the file cannot be written or is not ours.
 */
export function openThingRegistry(folder: string): ThingRegistry {
  const db = openSqliteFile(join(folder, 'things.db'), FORMAT);
  const putThing = db.prepare(
    'INSERT INTO things VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET attributes = excluded.attributes',
  );
  const putCertificate = db.prepare('INSERT INTO certificates VALUES (?, ?, ?, NULL)');
  const byCertificate = db.prepare(
    'SELECT name, attributes FROM certificates JOIN things ON name = thing WHERE fingerprint = ? AND revoked_at IS NULL',
  );
  const byName = db.prepare('SELECT name FROM things WHERE name = ?');
  const revoke = db.prepare('UPDATE certificates SET revoked_at = ? WHERE thing = ? AND revoked_at IS NULL');
  return {
    register({ name, attributes }, certificatePem) {
      assertThing({ name, attributes });
      const { fingerprint256 } = new X509Certificate(certificatePem);
      transact(db, () => {
        putThing.run(name, JSON.stringify(attributes));
        putCertificate.run(fingerprint256, name, Date.now());
      });
    },
    find(fingerprint) {
      const row = byCertificate.get(fingerprint) as { name: string; attributes: string } | undefined;
      if (row === undefined) return undefined;
      return { name: row.name, attributes: JSON.parse(row.attributes) as Record<string, string> };
    },
    revoke(name) {
      if (byName.get(name) === undefined) return undefined;
      return Number(revoke.run(Date.now(), name).changes);
    },
    close: () => db.close(),
  };
}

/** As IoT Core allows them. */
const THING_NAME = /^[a-zA-Z0-9:_-]{1,128}$/;
const ATTRIBUTE_NAME = /^[a-zA-Z0-9_.,@/:#-]{1,128}$/;
const ATTRIBUTE_VALUE = /^[a-zA-Z0-9_.,@/:#=[\]-]{1,800}$/;

/** @throws UsageError for a name or attribute that IoT Core does not take: what works here has to work there */
export function assertThing({ name, attributes }: Thing): void {
  if (!THING_NAME.test(name)) {
    throw new UsageError(
      `${JSON.stringify(name)} is no name for a thing: letters, digits, "-", "_" and ":", 128 at most`,
    );
  }
  for (const [key, value] of Object.entries(attributes)) {
    if (ATTRIBUTE_NAME.test(key) && ATTRIBUTE_VALUE.test(value)) continue;
    throw new UsageError(
      `attribute ${JSON.stringify(`${key}=${value}`)} of ${name} is not what IoT Core takes: no blanks, and of signs _ . , @ / : # - only`,
    );
  }
}
