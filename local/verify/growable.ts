type Arrays = { f64: Float64Array; u64: BigUint64Array; u32: Uint32Array; u16: Uint16Array; u8: Uint8Array };

const ALLOCATE: { [K in keyof Arrays]: (length: number) => Arrays[K] } = {
  f64: (length) => new Float64Array(length),
  u64: (length) => new BigUint64Array(length),
  u32: (length) => new Uint32Array(length),
  u16: (length) => new Uint16Array(length),
  u8: (length) => new Uint8Array(length),
};

/** Numbers without a known end, as compact as a typed array. `values()` is what was pushed so far. */
export type Growable<K extends keyof Arrays> = {
  push(value: Arrays[K][number]): void;
  readonly length: number;
  at(index: number): Arrays[K][number];
  values(): Arrays[K];
};

export function createGrowable<K extends keyof Arrays>(kind: K): Growable<K> {
  type Writable = {
    length: number;
    set(from: unknown): void;
    subarray(from: number, to: number): Arrays[K];
    [i: number]: unknown;
  };
  let array = ALLOCATE[kind](1024) as unknown as Writable;
  let length = 0;
  return {
    push(value) {
      if (length === array.length) {
        const larger = ALLOCATE[kind](length * 2) as unknown as Writable;
        larger.set(array);
        array = larger;
      }
      array[length++] = value;
    },
    get length() {
      return length;
    },
    at: (index) => array[index] as Arrays[K][number],
    values: () => array.subarray(0, length),
  };
}
