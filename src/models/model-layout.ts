import { partitionColumns, ROLLUP } from '../fleet/index.ts';
import type { Model } from '../fleet/model.ts';
import type { GoldLayout } from '../rollup/gold-files.ts';

/** Sorted by window, then by what groups may be made of, in the definition's order. */
export function modelLayout(model: Model): GoldLayout {
  const groups = model.columns.filter(
    ({ name, type }) =>
      name !== ROLLUP.start && ['string', 'date', 'timestamp'].some((each) => each === type),
  );
  return {
    partitionColumns: partitionColumns(model),
    sortBy: [...(model.every === undefined ? [] : [ROLLUP.start]), ...groups.map(({ name }) => name)],
  };
}
