import type { SchemaElement } from 'hyparquet';
import { parseDecimalType, type PrimitiveType } from '../columns/types.ts';
import { ParquetError } from './errors.ts';

/**
 * What turns a value as it lies in the file into the canonical value of a type: undefined where they are the same.
 * Narrower integers, floats and decimals are widened, as the Delta protocol lets tables evolve; all else is refused.
 */
export type LeafReader = ((value: unknown) => unknown) | undefined;

export function leafReader(type: PrimitiveType, element: SchemaElement): LeafReader {
  const misfit = () =>
    new ParquetError(`column ${element.name} holds ${describe(element)}, the table says ${type}`);
  const physical = element.type;
  switch (type) {
    case 'integer':
    case 'short':
    case 'byte':
    case 'date':
      if (physical === 'INT32') return undefined;
      throw misfit();
    case 'long':
      if (physical === 'INT64') return undefined;
      if (physical === 'INT32') return (value) => BigInt(value as number);
      throw misfit();
    case 'double':
      if (physical === 'DOUBLE' || physical === 'FLOAT' || physical === 'INT32') return undefined;
      throw misfit();
    case 'float':
      if (physical === 'FLOAT') return undefined;
      throw misfit();
    case 'boolean':
      if (physical === 'BOOLEAN') return undefined;
      throw misfit();
    case 'string':
      if (physical === 'BYTE_ARRAY')
        return (value) => (typeof value === 'string' ? value : decodeText(value as Uint8Array));
      throw misfit();
    case 'binary':
      if (physical !== 'BYTE_ARRAY' && physical !== 'FIXED_LEN_BYTE_ARRAY') throw misfit();
      return (value) => (typeof value === 'string' ? Buffer.from(value) : value);
    case 'timestamp':
    case 'timestamp_ntz':
      return timestampReader(element, misfit);
    default:
      return decimalReader(type, element, misfit);
  }
}

function decodeText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function timestampReader(element: SchemaElement, misfit: () => ParquetError): LeafReader {
  // INT96 has become microseconds on the way
  if (element.type === 'INT96') return undefined;
  if (element.type === 'INT32' && element.converted_type === 'DATE') {
    return (value) => BigInt(value as number) * 86_400_000_000n;
  }
  if (element.type !== 'INT64') throw misfit();
  const unit = element.logical_type?.type === 'TIMESTAMP' ? element.logical_type.unit : undefined;
  if (unit === 'MILLIS' || element.converted_type === 'TIMESTAMP_MILLIS')
    return (value) => (value as bigint) * 1000n;
  if (unit === 'NANOS') {
    return (value) => ((value as bigint) - ((((value as bigint) % 1000n) + 1000n) % 1000n)) / 1000n;
  }
  return undefined;
}

function decimalReader(type: PrimitiveType, element: SchemaElement, misfit: () => ParquetError): LeafReader {
  const decimal = parseDecimalType(type);
  if (decimal === undefined) throw misfit();
  const annotated = element.converted_type === 'DECIMAL' || element.logical_type?.type === 'DECIMAL';
  const scale = element.scale ?? (element.logical_type?.type === 'DECIMAL' ? element.logical_type.scale : 0);
  // a column that was an integer before holds no annotation, and the scale 0
  if ((!annotated && element.type !== 'INT32' && element.type !== 'INT64') || scale > decimal.scale)
    throw misfit();
  const factor = 10n ** BigInt(decimal.scale - scale);
  switch (element.type) {
    case 'INT32':
      return (value) => BigInt(value as number) * factor;
    case 'INT64':
      return factor === 1n ? undefined : (value) => (value as bigint) * factor;
    case 'FIXED_LEN_BYTE_ARRAY':
    case 'BYTE_ARRAY':
      return (value) => parseTwosComplement(value as Uint8Array) * factor;
    default:
      throw misfit();
  }
}

/** Big-endian two's complement: how Parquet keeps wide decimals. */
function parseTwosComplement(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  const { buffer, byteOffset, length } = bytes;
  const magnitude = BigInt(`0x${Buffer.from(buffer, byteOffset, length).toString('hex')}`);
  return BigInt.asIntN(8 * length, magnitude);
}

function describe(element: SchemaElement): string {
  const annotation = element.logical_type?.type ?? element.converted_type;
  return annotation === undefined
    ? (element.type ?? 'a group')
    : `${element.type ?? 'a group'} (${annotation})`;
}
