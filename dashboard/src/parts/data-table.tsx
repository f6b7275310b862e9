import type { ComponentChildren } from 'preact';

export type TableColumn = {
  readonly name: string;
  readonly type?: string | undefined;
  readonly title?: string | undefined;
};

const NUMBERS = /^(double|float|long|integer|short|byte|decimal|number)/;

export function isNumberType(type: string | undefined): boolean {
  return type !== undefined && NUMBERS.test(type);
}

/** Rows of cells under a head that stays; wider than the screen it scrolls, by keyboard too. */
export function DataTable({
  label,
  columns,
  rows,
  height,
}: {
  readonly label: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly ComponentChildren[])[];
  readonly height?: string;
}) {
  return (
    <div
      class="scroll"
      role="region"
      aria-label={label}
      tabIndex={0}
      style={height === undefined ? {} : { maxHeight: height }}
    >
      <table class="data">
        <thead>
          <tr>
            {columns.map(({ name, type, title }) => (
              <th key={name} scope="col" class={isNumberType(type) ? 'number' : ''} title={title ?? type}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, i) => (
                <td key={i} class={isNumberType(columns[i]?.type) ? 'number' : ''}>
                  {cell === null ? <span class="null">null</span> : cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
