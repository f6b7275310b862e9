import * as configured from '#fleets';
import { collectFleets } from '../../src/fleet/index.ts';
import type { Fleet } from '../../src/fleet/model.ts';
import { ENVIRONMENT } from '../../src/environment.ts';
import { UsageError } from '../../src/errors.ts';
import { type Limit, LIMIT } from '../../src/rollup/limit.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { openStore } from '../../src/stores/open-store.ts';

/** The fleets that this function was built with: `#fleets` is the shipped ones, or what the deployment put in their place. */
export function configuredFleets(): readonly Fleet[] {
  return collectFleets(configured);
}

export function openLakeStore(): ObjectStore {
  return openStore(lakeUrl());
}

/** The lake's address, without a slash at its end. */
export function lakeUrl(): string {
  return readNamed(ENVIRONMENT.lakeUrl, 'name the lake, as in s3://bucket/prefix').replace(/\/+$/, '');
}

/** Where given-up batches and rule errors lie. */
export function openGivenUpStore(): ObjectStore {
  const advice = 'name the bucket that events are about, as in s3://bucket';
  return openStore(readNamed(ENVIRONMENT.givenUpUrl, advice));
}

/** How much of a source one invocation of a rollup takes on. */
export function rollupLimit(): Limit {
  const text = process.env[ENVIRONMENT.rollupRows];
  if (text === undefined) return LIMIT;
  const rows = Number(text);
  if (!Number.isSafeInteger(rows) || rows < 1)
    throw new UsageError(
      `${ENVIRONMENT.rollupRows} is ${JSON.stringify(text)}: it takes a whole number of rows from 1 on`,
    );
  return { ...LIMIT, rows };
}

/** Where Athena is asked. */
export function athenaPlace(): { readonly workgroup: string; readonly database: string } {
  return {
    workgroup: readNamed(ENVIRONMENT.athenaWorkgroup, 'name the workgroup of Athena, as in tributary-dev'),
    database: readNamed(ENVIRONMENT.athenaDatabase, 'name the database that lists the tables'),
  };
}

function readNamed(variable: string, advice: string): string {
  const value = process.env[variable];
  if (value === undefined) throw new UsageError(`${variable} is not set: ${advice}`);
  return value;
}
