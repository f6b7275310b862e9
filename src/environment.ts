/** The environment variables that functions read; the CDK app and the laptop's runtime set them by these names. */
export const ENVIRONMENT = { lakeUrl: 'LAKE_URL' } as const;
