import { UsageError } from '../src/errors.ts';

export type Endpoint = { readonly host: string; readonly port: number; readonly tls: boolean };

/** Protocols that a driver speaks, by their usual port. */
export type Protocols = Readonly<Record<string, number>>;

/** @throws UsageError where the text is no broker's address, or the driver does not speak its protocol */
export function parseEndpoint(text: string, protocols: Protocols): Endpoint {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const usual = protocols[url?.protocol ?? ''];
  if (url === undefined || usual === undefined || url.hostname === '') {
    const names = Object.keys(protocols).map((name) => `${name}//…`);
    throw new UsageError(
      `endpoint ${JSON.stringify(text)} is no broker's address: write mqtt://127.0.0.1:1883, or another of ${names.join(', ')}`,
    );
  }
  return {
    host: url.hostname.replaceAll(/^\[|\]$/g, ''),
    port: url.port === '' ? usual : Number(url.port),
    tls: url.protocol === 'mqtts:' || url.protocol === 'wss:',
  };
}
