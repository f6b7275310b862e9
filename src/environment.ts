/** The environment variables that functions read; the CDK app and the laptop's runtime set them by these names. */
export const ENVIRONMENT = {
  lakeUrl: 'LAKE_URL',
  /** what the keys of given-up batches and rule errors are relative to: the bucket */
  givenUpUrl: 'GIVEN_UP_URL',
} as const;
