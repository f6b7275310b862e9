import type { BatchBuilder } from '../columns/builder.ts';
import { setNull } from '../columns/column-builder.ts';
import type { Table } from '../fleet/model.ts';
import type { ColumnDecoder } from './column-decoder.ts';
import type { CheckTime } from './event-time.ts';
import { type Failure, formatDetail, type Problem } from './failure.ts';
import type { ReadingContext } from './reading.ts';

/** Decodes the context's reading into the open row; where it fails the row stays open. */
export type DecodeReading = (
  context: ReadingContext,
  into: BatchBuilder,
  index: number,
) => Failure | undefined;

export function compileReading(
  table: Table,
  columns: readonly ColumnDecoder[],
  checkTime: CheckTime,
): DecodeReading {
  const eventColumn = columns.findIndex(({ name }) => name === table.eventTime);
  return (context, into, index) => {
    const row = into.length;
    const builders = into.columns;
    context.eventMillis = context.arrivedAt;
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!;
      const value = column.read(context);
      if (value === undefined || value === null) {
        if (!column.optional || i === eventColumn) return failColumn(index, column, missing(column));
        setNull(builders[i]!, row, into.capacity);
        continue;
      }
      const problem = column.write(value, builders[i]!, row, context);
      if (problem !== undefined) return failColumn(index, column, problem);
      if (i === eventColumn) {
        context.eventMillis = context.millis;
        const misfit = checkTime(context.millis, context.arrivedAt);
        if (misfit !== undefined) return failColumn(index, column, misfit);
      }
    }
    return undefined;
  };
}

function failColumn(index: number, { name }: ColumnDecoder, { reason, detail }: Problem): Failure {
  return { index, reason, column: name, detail };
}

function missing({ place }: ColumnDecoder): Problem {
  return {
    reason: 'missing-column',
    detail: formatDetail(`expected a value at ${place}, received nothing or null`),
  };
}
