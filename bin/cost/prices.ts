/**
 * List prices, in US dollars without tax, free tier or agreement. They change, and differ between regions: check what
 * decides before you decide. Nothing else in the model knows a price.
 */
export const AS_OF = '2025-06';

export const REGIONS = ['us-east-1', 'eu-central-1'] as const;
export type Region = (typeof REGIONS)[number];

/** Dollars up to so many units, the last one without end. */
type Tier = { readonly upTo: number; readonly usd: number };

export type Price = {
  /** what one buys, as its bill says it; `usd` buys `per` of them */
  readonly unit: string;
  readonly per: number;
  /** where it is published */
  readonly source: string;
  /** undefined: nobody told us */
  readonly usd: Readonly<Record<Region, number | readonly Tier[]>> | undefined;
  /** true: in eu-central-1 the price is that of us-east-1 with the region's usual surcharge, not one that was read */
  readonly estimatedAbroad?: true;
};

const MILLION = 1_000_000;
const BILLION = 1_000_000_000;
/** What the region asks more for most services. */
const SURCHARGE = 1.2;

const IOT = 'AWS IoT Core pricing';
const KINESIS = 'Amazon Kinesis Data Streams pricing';
const MSK = 'Amazon MSK pricing';
const LAMBDA = 'AWS Lambda pricing';
const S3 = 'Amazon S3 pricing';
const CLOUDWATCH = 'Amazon CloudWatch pricing';
const FIREHOSE = 'Amazon Data Firehose pricing';
const EMR = 'Amazon EMR Serverless pricing';

/** The same in both regions. */
function everywhere(usd: number): Readonly<Record<Region, number>> {
  return { 'us-east-1': usd, 'eu-central-1': usd };
}

function read(virginia: number, frankfurt: number): Readonly<Record<Region, number>> {
  return { 'us-east-1': virginia, 'eu-central-1': frankfurt };
}

function estimated(virginia: number): Pick<Price, 'usd' | 'estimatedAbroad'> {
  return { usd: read(virginia, virginia * SURCHARGE), estimatedAbroad: true };
}

const MESSAGE_TIERS: readonly Tier[] = [
  { upTo: BILLION, usd: 1 },
  { upTo: 5 * BILLION, usd: 0.8 },
  { upTo: Infinity, usd: 0.7 },
];

export const PRICES = {
  iotConnection: { unit: 'minutes connected', per: MILLION, source: IOT, ...estimated(0.08) },
  iotMessage: {
    unit: 'messages of 5 KB',
    per: MILLION,
    source: IOT,
    usd: {
      'us-east-1': MESSAGE_TIERS,
      'eu-central-1': MESSAGE_TIERS.map(({ upTo, usd }) => ({ upTo, usd: usd * SURCHARGE })),
    },
    estimatedAbroad: true,
  },
  iotRule: { unit: 'rules triggered, 5 KB', per: MILLION, source: IOT, ...estimated(0.15) },
  iotAction: { unit: 'actions, 5 KB', per: MILLION, source: IOT, ...estimated(0.15) },

  kinesisStreamHour: { unit: 'hours of the stream', per: 1, source: KINESIS, ...estimated(0.04) },
  kinesisIn: { unit: 'GB in, records of 1 KB', per: 1, source: KINESIS, ...estimated(0.08) },
  kinesisOut: { unit: 'GB out', per: 1, source: KINESIS, ...estimated(0.04) },
  kinesisKept: { unit: 'GB-months after a day', per: 1, source: KINESIS, ...estimated(0.1) },
  kinesisShardHour: { unit: 'shard-hours', per: 1, source: KINESIS, usd: read(0.015, 0.018) },
  kinesisPut: { unit: 'PUT units of 25 KB', per: MILLION, source: KINESIS, usd: read(0.014, 0.0175) },
  kinesisShardKept: { unit: 'shard-hours kept over a day', per: 1, source: KINESIS, ...estimated(0.02) },

  mskBrokerHour: { unit: 'broker-hours, kafka.m7g.large', per: 1, source: MSK, ...estimated(0.204) },
  mskExpressHour: { unit: 'broker-hours, express.m7g.large', per: 1, source: MSK, ...estimated(0.408) },
  mskExpressIn: { unit: 'GB in', per: 1, source: MSK, ...estimated(0.01) },
  mskKept: { unit: 'GB-months', per: 1, source: MSK, ...estimated(0.1) },
  secret: { unit: 'secrets', per: 1, source: 'AWS Secrets Manager pricing', usd: everywhere(0.4) },
  pollerHour: { unit: 'event-poller-unit-hours', per: 1, source: LAMBDA, ...estimated(0.185) },

  lambdaRequest: { unit: 'invocations', per: MILLION, source: LAMBDA, usd: everywhere(0.2) },
  lambdaArm: { unit: 'GB-seconds, arm64', per: 1, source: LAMBDA, usd: everywhere(0.0000133334) },
  lambdaDisk: { unit: 'GB-seconds of /tmp', per: 1, source: LAMBDA, ...estimated(0.0000000309) },

  s3Put: { unit: 'PUT and LIST', per: 1000, source: S3, usd: read(0.005, 0.0054) },
  s3Get: { unit: 'GET', per: 1000, source: S3, usd: read(0.0004, 0.00043) },
  s3Storage: { unit: 'GB-months', per: 1, source: S3, usd: read(0.023, 0.0245) },
  kmsKey: { unit: 'KMS keys', per: 1, source: 'AWS KMS pricing', usd: everywhere(1) },
  kmsRequest: { unit: 'requests to KMS', per: 10_000, source: 'AWS KMS pricing', usd: everywhere(0.03) },

  stepTransition: {
    unit: 'state transitions',
    per: 1000,
    source: 'AWS Step Functions pricing',
    usd: everywhere(0.025),
  },
  schedule: { unit: 'starts', per: MILLION, source: 'Amazon EventBridge pricing', ...estimated(1) },
  athena: { unit: 'TB scanned', per: 1, source: 'Amazon Athena pricing', usd: everywhere(5) },
  spice: { unit: 'GB of SPICE', per: 1, source: 'Amazon QuickSight pricing', usd: everywhere(0.38) },
  logs: { unit: 'GB of logs', per: 1, source: CLOUDWATCH, usd: read(0.5, 0.63) },
  metric: { unit: 'metrics', per: 1, source: CLOUDWATCH, usd: everywhere(0.3) },
  alarmMetric: { unit: 'metrics under alarm', per: 1, source: CLOUDWATCH, usd: everywhere(0.1) },
  dashboard: { unit: 'dashboards', per: 1, source: CLOUDWATCH, usd: everywhere(3) },
  trace: { unit: 'traces', per: MILLION, source: 'AWS X-Ray pricing', usd: everywhere(5) },

  firehoseIn: { unit: 'GB in, records of 5 KB', per: 1, source: FIREHOSE, ...estimated(0.029) },
  firehoseParquet: { unit: 'GB converted, of 5 KB', per: 1, source: FIREHOSE, ...estimated(0.018) },
  emrCpu: { unit: 'vCPU-hours, arm64', per: 1, source: EMR, ...estimated(0.042094) },
  emrMemory: { unit: 'GB-hours, arm64', per: 1, source: EMR, ...estimated(0.004628) },
  /** of `AWS::Kinesis::Channel` and `AWS::MSK::Channel`: newer than this list */
  channel: { unit: 'GB delivered', per: 1, source: 'not in this list', usd: undefined },
} as const satisfies Readonly<Record<string, Price>>;

export type PriceName = keyof typeof PRICES;

/** Dollars for so many units; undefined where the price is not known. */
export function priceOf(name: PriceName, quantity: number, region: Region): number | undefined {
  const price: Price = PRICES[name];
  if (price.usd === undefined) return undefined;
  const rate = price.usd[region];
  if (typeof rate === 'number') return (quantity / price.per) * rate;
  let usd = 0;
  let from = 0;
  for (const tier of rate) {
    usd += (Math.max(0, Math.min(quantity, tier.upTo) - from) / price.per) * tier.usd;
    from = tier.upTo;
  }
  return usd;
}

/** Whether the price in this region was worked out and not read. */
export function isEstimated(name: PriceName, region: Region): boolean {
  const price: Price = PRICES[name];
  return region !== 'us-east-1' && price.estimatedAbroad === true;
}
