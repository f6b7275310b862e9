/** Bytes that grow at the end, little-endian. */
export type ByteSink = {
  readonly length: number;
  byte(value: number): void;
  uint32(value: number): void;
  bytes(values: Uint8Array): void;
  /** Each text as UTF-8 with its length in front, as PLAIN byte arrays have it; a lone surrogate becomes U+FFFD. */
  texts(values: readonly string[], start: number, end: number): void;
  /** what was written so far, on the sink's own memory: valid until more is written */
  view(): Uint8Array;
  /** starts over on the same memory */
  clear(): void;
};

export function createByteSink(capacity = 1024): ByteSink {
  let memory = Buffer.allocUnsafeSlow(capacity);
  let at = 0;
  const ensure = (more: number) => {
    if (at + more <= memory.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * memory.length, at + more));
    larger.set(memory.subarray(0, at));
    memory = larger;
  };
  const uint32 = (value: number) => {
    ensure(4);
    memory[at] = value;
    memory[at + 1] = value >>> 8;
    memory[at + 2] = value >>> 16;
    memory[at + 3] = value >>> 24;
    at += 4;
  };
  return {
    get length() {
      return at;
    },
    byte(value) {
      ensure(1);
      memory[at++] = value;
    },
    uint32,
    bytes(values) {
      ensure(values.length);
      memory.set(values, at);
      at += values.length;
    },
    texts(values, start, end) {
      for (let i = start; i < end; i++) {
        const value = values[i]!;
        // a UTF-16 unit takes three bytes at most
        ensure(4 + 3 * value.length);
        const written = memory.write(value, at + 4);
        uint32(written);
        at += written;
      }
    },
    view: () => memory.subarray(0, at),
    clear() {
      at = 0;
    },
  };
}
