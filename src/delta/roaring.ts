/** What is wrong with the bytes of a bitmap. */
export class RoaringError extends Error {}

const COOKIE_WITHOUT_RUNS = 12_346;
const COOKIE_WITH_RUNS = 12_347;
/** With runs, offsets of containers are written from this many on. */
const OFFSETS_FROM = 4;
/** A container with more values than this is a bitmap of 8 KiB. */
const MAX_ARRAY = 4_096;
const BITMAP_BYTES = 8_192;

/**
 * The numbers in a 64-bit Roaring bitmap of the portable format, ascending: a count of 32-bit bitmaps, each after its
 * high half (RoaringFormatSpec, "Extension for 64-bit implementations").
 */
export function readRoaring64(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers: number[] = [];
  try {
    const count = Number(view.getBigUint64(0, true));
    let offset = 8;
    for (let i = 0; i < count; i++) {
      const high = view.getUint32(offset, true);
      offset = readRoaring32(view, offset + 4, high * 2 ** 32, numbers);
    }
  } catch (error) {
    if (error instanceof RangeError) throw new RoaringError('the bitmap is cut off', { cause: error });
    throw error;
  }
  return numbers;
}

/** Appends the numbers of the 32-bit bitmap at `offset`, each plus `base`; returns where it ends. */
function readRoaring32(view: DataView, offset: number, base: number, into: number[]): number {
  const cookie = view.getUint32(offset, true);
  const hasRuns = (cookie & 0xffff) === COOKIE_WITH_RUNS;
  if (!hasRuns && cookie !== COOKIE_WITHOUT_RUNS)
    throw new RoaringError(`the bitmap begins with ${cookie}, which is no cookie`);
  let at = offset + 4;
  const containers = hasRuns ? (cookie >>> 16) + 1 : view.getUint32(at, true);
  if (!hasRuns) at += 4;
  const runFlags = at;
  if (hasRuns) at += Math.ceil(containers / 8);
  const keys = at;
  at += 4 * containers;
  if (!hasRuns || containers >= OFFSETS_FROM) at += 4 * containers;
  for (let i = 0; i < containers; i++) {
    const start = base + view.getUint16(keys + 4 * i, true) * 65_536;
    const cardinality = view.getUint16(keys + 4 * i + 2, true) + 1;
    const isRun = hasRuns && (view.getUint8(runFlags + (i >> 3)) & (1 << (i & 7))) !== 0;
    if (isRun) at = readRuns(view, at, start, into);
    else if (cardinality > MAX_ARRAY) at = readBitmap(view, at, start, into);
    else at = readArray(view, at, start, cardinality, into);
  }
  return at;
}

function readRuns(view: DataView, offset: number, start: number, into: number[]): number {
  const runs = view.getUint16(offset, true);
  for (let i = 0; i < runs; i++) {
    const first = view.getUint16(offset + 2 + 4 * i, true);
    const length = view.getUint16(offset + 4 + 4 * i, true);
    for (let k = 0; k <= length; k++) into.push(start + first + k);
  }
  return offset + 2 + 4 * runs;
}

function readBitmap(view: DataView, offset: number, start: number, into: number[]): number {
  for (let byte = 0; byte < BITMAP_BYTES; byte++) {
    const bits = view.getUint8(offset + byte);
    for (let bit = 0; bit < 8; bit++) if ((bits & (1 << bit)) !== 0) into.push(start + 8 * byte + bit);
  }
  return offset + BITMAP_BYTES;
}

function readArray(
  view: DataView,
  offset: number,
  start: number,
  cardinality: number,
  into: number[],
): number {
  for (let i = 0; i < cardinality; i++) into.push(start + view.getUint16(offset + 2 * i, true));
  return offset + 2 * cardinality;
}
