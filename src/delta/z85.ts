const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
const VALUES = new Map(Array.from(DIGITS, (digit, value) => [digit, value]));

/** The bytes of a Z85 text (ZeroMQ RFC 32): five characters for four bytes. Undefined where it is none. */
export function decodeZ85(text: string): Uint8Array | undefined {
  if (text.length % 5 !== 0) return undefined;
  const bytes = new Uint8Array((text.length / 5) * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i += 5) {
    let value = 0;
    for (const digit of text.slice(i, i + 5)) {
      const next = VALUES.get(digit);
      if (next === undefined) return undefined;
      value = value * 85 + next;
    }
    if (value > 0xffff_ffff) return undefined;
    view.setUint32((i / 5) * 4, value);
  }
  return bytes;
}
