import { constants } from 'node:crypto';
import type { TLSSocket, TlsOptions } from 'node:tls';
import type { Client } from 'aedes';
import type { Thing } from './certificates/thing-registry.ts';

type Publish = { readonly topic: string; readonly retain: boolean };

/** Who the broker's clients are: things by their certificates, each for itself only. */
export type DeviceAccess = {
  /** of the server */
  readonly tls: TlsOptions;
  /** Why this client may not connect; undefined where it may. */
  refuseConnect(client: Client): string | undefined;
  /** Why this client may not publish the message; undefined where it may. A will of a client that is gone has none. */
  refusePublish(client: Client | null, packet: Publish): string | undefined;
};

export type DeviceAccessDeps = {
  readonly keyPem: string;
  readonly certificatePem: string;
  /** the authority that certifies devices */
  readonly authorityPem: string;
  /** whose certificate it is, by its SHA-256 */
  readonly thingOf: (fingerprint: string) => Thing | undefined;
  readonly mayPublish: (thing: Thing, topic: string, retain: boolean) => boolean;
};

/** What IoT Core asks of a device (mutual TLS; its thing's name as client id; its policy), for the local broker. */
export function createDeviceAccess(deps: DeviceAccessDeps): DeviceAccess {
  const things = new WeakMap<Client, Thing>();
  return {
    tls: {
      key: deps.keyPem,
      cert: deps.certificatePem,
      ca: deps.authorityPem,
      requestCert: true,
      rejectUnauthorized: true,
      // a resumed session would not show the certificate again
      secureOptions: constants.SSL_OP_NO_TICKET,
    },
    refuseConnect(client) {
      const { fingerprint256 } = (client.conn as TLSSocket).getPeerCertificate();
      const thing = deps.thingOf(fingerprint256);
      if (thing === undefined) return 'its certificate is nobody’s, or was taken back';
      if (client.id !== thing.name)
        return `its certificate is that of ${thing.name}: client ids are things’ names`;
      things.set(client, thing);
      return undefined;
    },
    refusePublish(client, { topic, retain }) {
      const thing = client === null ? undefined : things.get(client);
      if (thing !== undefined && deps.mayPublish(thing, topic, retain)) return undefined;
      return `${thing?.name ?? 'nobody'} may not publish to ${topic}${retain ? ' with RETAIN' : ''}: no fleet’s policy allows it`;
    },
  };
}
