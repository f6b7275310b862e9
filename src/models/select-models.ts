import { UsageError } from '../errors.ts';
import type { Fleet } from '../fleet/model.ts';
import { orderModels, type PlannedModel } from './model-order.ts';

/**
 * The models that are asked for, each after those that it reads: all, those of one fleet, or one.
 *
 * Rejects with a `UsageError` for a fleet or model that there is not, and where SQL is refused.
 */
export async function selectModels(
  fleets: readonly Fleet[],
  { fleet, model }: { readonly fleet?: string; readonly model?: string } = {},
): Promise<readonly PlannedModel[]> {
  const ordered = await orderModels(fleets);
  const selected = ordered.filter(
    (each) =>
      (fleet === undefined || each.model.fleet === fleet) &&
      (model === undefined || each.model.name === model),
  );
  if (model !== undefined && selected.length === 0) {
    const names = ordered.map((each) => each.model.name).join(', ');
    throw new UsageError(`no model ${JSON.stringify(model)}; there are ${names || '(none)'}`);
  }
  return selected;
}
