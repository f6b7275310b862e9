import * as configured from '#fleets';
import { collectFleets } from '../../src/fleet/index.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { ENVIRONMENT } from '../../src/environment.ts';
import { UsageError } from '../../src/errors.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { openStore } from '../../src/stores/open-store.ts';

/** The fleets that this function was built with: `#fleets` is the shipped ones, or what the deployment put in their place. */
export function configuredFleets(): readonly Fleet[] {
  return collectFleets(configured);
}

export function openLakeStore(): ObjectStore {
  return openNamed(ENVIRONMENT.lakeUrl, 'name the lake, as in s3://bucket/prefix');
}

/** Where given-up batches and rule errors lie. */
export function openGivenUpStore(): ObjectStore {
  return openNamed(ENVIRONMENT.givenUpUrl, 'name the bucket that events are about, as in s3://bucket');
}

function openNamed(variable: string, advice: string): ObjectStore {
  const url = process.env[variable];
  if (url === undefined) throw new UsageError(`${variable} is not set: ${advice}`);
  return openStore(url);
}
