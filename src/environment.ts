/** The environment variables that functions read; the CDK app and the laptop's runtime set them by these names. */
export const ENVIRONMENT = {
  lakeUrl: 'LAKE_URL',
  /** what the keys of given-up batches and rule errors are relative to: the bucket */
  givenUpUrl: 'GIVEN_UP_URL',
  /** the stage, as metrics are told apart by it */
  stage: 'STAGE',
  /** rows of a source that one invocation of a rollup takes on; what is more is made in pieces */
  rollupRows: 'ROLLUP_ROWS',
  /** where data tests are asked: the workgroup of Athena, and the database that lists the tables */
  athenaWorkgroup: 'ATHENA_WORKGROUP',
  athenaDatabase: 'ATHENA_DATABASE',
  /** whose claims the function admit lets through: 'registered' things only, or 'any' */
  admitted: 'ADMITTED_THINGS',
} as const;

/** The metrics that functions tell, each with its function's name and stage; alarms and dashboards ask by these names. */
export const METRICS = {
  namespace: 'Tributary',
  /** messages that a batch had */
  messages: 'Messages',
  /** readings that became rows */
  rows: 'Rows',
  /** messages that went to the quarantine, in part or whole */
  quarantined: 'QuarantinedMessages',
  /** tables that refused a batch for good: a foreign protocol, a schema that cannot follow its definition */
  refusedTables: 'RefusedTables',
  /** commits that another writer was faster than */
  races: 'LostRaces',
  /** partitions of a Kafka batch that failed and come again; the invocation itself may have succeeded */
  failedPartitions: 'FailedPartitions',
  /** windows that a rollup recomputed */
  windows: 'RecomputedWindows',
  /** data tests that rows of the lake violate */
  violatedTests: 'ViolatedDataTests',
  /** objects that came back from what was given up, and those that could not */
  recovered: 'RecoveredObjects',
  unrecovered: 'UnrecoveredObjects',
} as const;
