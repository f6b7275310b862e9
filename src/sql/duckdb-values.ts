import type {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBType,
  DuckDBValue,
} from '@duckdb/node-api';
import { DuckDBTypeId } from '@duckdb/node-api';
import { type DataType, field, struct } from '../columns/types.ts';

/**
 * How values of a DuckDB type become Delta's: the type that holds each of them exactly, and the function from a value
 * that is not null to the slot of a column. Unsigned integers widen, 128-bit integers become decimals, and what Delta
 * has no type for (intervals, times of day, UUIDs, nanoseconds …) becomes text.
 */
export type ValueReader = { readonly type: DataType; readonly read: (value: Present) => unknown };

type Present = Exclude<DuckDBValue, null>;

export function valueReaderOf(type: DuckDBType): ValueReader {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return { type: 'boolean', read: identity };
    case DuckDBTypeId.TINYINT:
      return { type: 'byte', read: identity };
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.UTINYINT:
      return { type: 'short', read: identity };
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.USMALLINT:
    // a column of nothing but NULL
    case DuckDBTypeId.SQLNULL:
      return { type: 'integer', read: identity };
    case DuckDBTypeId.BIGINT:
      return { type: 'long', read: identity };
    case DuckDBTypeId.UINTEGER:
      return { type: 'long', read: (value) => BigInt(value as number) };
    case DuckDBTypeId.UBIGINT:
      return { type: 'decimal(20,0)', read: identity };
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
      return { type: 'decimal(38,0)', read: identity };
    case DuckDBTypeId.FLOAT:
      return { type: 'float', read: identity };
    case DuckDBTypeId.DOUBLE:
      return { type: 'double', read: identity };
    case DuckDBTypeId.DECIMAL:
      return {
        type: `decimal(${type.width},${type.scale})`,
        read: (value) => (value as DuckDBDecimalValue).value,
      };
    case DuckDBTypeId.VARCHAR:
      return { type: 'string', read: identity };
    // the vector's bytes are DuckDB's memory, and go with the chunk
    case DuckDBTypeId.BLOB:
      return { type: 'binary', read: (value) => new Uint8Array((value as DuckDBBlobValue).bytes) };
    case DuckDBTypeId.DATE:
      return { type: 'date', read: (value) => (value as DuckDBDateValue).days };
    case DuckDBTypeId.TIMESTAMP_TZ:
      return { type: 'timestamp', read: (value) => (value as DuckDBTimestampTZValue).micros };
    case DuckDBTypeId.TIMESTAMP:
      return { type: 'timestamp_ntz', read: (value) => (value as DuckDBTimestampValue).micros };
    case DuckDBTypeId.TIMESTAMP_MS:
      return {
        type: 'timestamp_ntz',
        read: (value) => (value as DuckDBTimestampMillisecondsValue).millis * 1_000n,
      };
    case DuckDBTypeId.TIMESTAMP_S:
      return {
        type: 'timestamp_ntz',
        read: (value) => (value as DuckDBTimestampSecondsValue).seconds * 1_000_000n,
      };
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY: {
      const element = valueReaderOf(type.valueType);
      return {
        type: { type: 'array', elementType: element.type, containsNull: true },
        read: (value) => (value as DuckDBListValue | DuckDBArrayValue).items.map(orNull(element)),
      };
    }
    case DuckDBTypeId.MAP: {
      const [key, item] = [valueReaderOf(type.keyType), valueReaderOf(type.valueType)];
      const [readKey, readItem] = [orNull(key), orNull(item)];
      return {
        type: { type: 'map', keyType: key.type, valueType: item.type, valueContainsNull: true },
        read: (value) =>
          new Map((value as DuckDBMapValue).entries.map((each) => [readKey(each.key), readItem(each.value)])),
      };
    }
    case DuckDBTypeId.STRUCT: {
      const entries = type.entryNames.map((name, i) => ({
        name,
        reader: valueReaderOf(type.entryTypes[i] as DuckDBType),
      }));
      return {
        type: struct(entries.map(({ name, reader }) => field(name, reader.type))),
        read: (value) => {
          const held = (value as DuckDBStructValue).entries;
          return Object.fromEntries(
            entries.map(({ name, reader }) => [name, orNull(reader)(held[name] ?? null)]),
          );
        },
      };
    }
    default:
      return { type: 'string', read: String };
  }
}

function identity(value: Present): unknown {
  return value;
}

/** Inside structs, lists and maps, null stands for what is absent. */
function orNull(reader: ValueReader): (value: DuckDBValue) => unknown {
  return (value) => (value === null ? null : reader.read(value));
}
