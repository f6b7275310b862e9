import type { Workload } from '../../../bin/cost/workload.ts';

/** 100 messages a second of 200 B: figures that one can work out by hand. */
export const HUNDRED: Workload = {
  region: 'us-east-1',
  devices: 100,
  messagesPerSecond: 100,
  payloadBytes: 200,
  readingsPerMessage: 1,
  batchOnDevice: 1,
  basicIngest: true,
  stream: 'on-demand',
  batchWindow: 60,
  tables: 1,
  rollupEvery: 5,
  retention: 365,
  queries: 1000,
  scanDays: 1,
  spiceGb: 0,
  streamDays: 7,
};
