import { MathExpression, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import { SourceAccessConfigurationType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnCluster, CfnTopic } from 'aws-cdk-lib/aws-msk';
import { Construct } from 'constructs';
import type { Stage } from '../stage.ts';
import { stageName } from '../stage-names.ts';
import { BootstrapServers } from './bootstrap-servers.ts';
import { BrokerLogin } from './broker-login.ts';
import { BrokerNetwork, ZONES } from './broker-network.ts';
import { FailedBatches } from './failed-batches.ts';
import type { LakeBucket } from './lake-bucket.ts';
import { NetworkAccess } from './network-access.ts';
import { BATCH_SIZE, type Feed, longestDelay, type Readings, type Watch } from './readings.ts';
import { RuleDestination } from './rule-destination.ts';
import type { FunctionBuild, TributaryFunction } from './tributary-function.ts';

export type ReadingTopicProps = {
  readonly stage: Stage;
  readonly build: FunctionBuild;
  /** its key encrypts the brokers' storage, its bucket takes what is given up */
  readonly lake: LakeBucket;
};

const TOPIC = 'readings';
/** One in each zone. */
const BROKERS = ZONES;
/** How many functions may work at once, at most; a partition is written by one broker. */
const PARTITIONS = 12;
/** What a broker of this size takes in steadily, bytes a second. */
const STEADY_BYTES = 15.6e6;
/** Lambda's own bound. */
const MOST_ATTEMPTS = 10_000;

/** A topic of Kafka, on a cluster of its own: MSK Provisioned with Express brokers. */
export class ReadingTopic extends Construct implements Readings {
  readonly cluster: CfnCluster;
  private readonly network: BrokerNetwork;
  private readonly login: BrokerLogin;
  private readonly destination: RuleDestination;
  private readonly servers: BootstrapServers;
  private readonly clusterName: string;
  private readonly consumerGroup: string;

  constructor(scope: Construct, id: string, { stage, build, lake }: ReadingTopicProps) {
    super(scope, id);
    const { removalPolicy } = stage;
    this.clusterName = stageName(stage, TOPIC);
    this.consumerGroup = stageName(stage, 'ingest');
    this.network = new BrokerNetwork(this, 'Network', { stage, bucket: lake.bucket });
    const log = new LogGroup(this, 'BrokerLog', { retention: stage.logRetention, removalPolicy });
    this.cluster = new CfnCluster(this, 'Cluster', {
      clusterName: this.clusterName,
      kafkaVersion: '3.9.x',
      numberOfBrokerNodes: BROKERS,
      brokerNodeGroupInfo: {
        instanceType: 'express.m7g.large',
        clientSubnets: this.network.subnetIds,
        securityGroups: [this.network.brokers.securityGroupId],
        connectivityInfo: { publicAccess: { type: 'DISABLED' } },
      },
      clientAuthentication: {
        sasl: { scram: { enabled: true }, iam: { enabled: false } },
        tls: { enabled: false },
        unauthenticated: { enabled: false },
      },
      encryptionInfo: {
        encryptionInTransit: { clientBroker: 'TLS', inCluster: true },
        encryptionAtRest: { dataVolumeKmsKeyId: lake.key.keyArn },
      },
      loggingInfo: { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: log.logGroupName } } },
      enhancedMonitoring: 'DEFAULT',
    });
    this.cluster.applyRemovalPolicy(removalPolicy);
    const clusterArn = this.cluster.attrArn;
    const topic = new CfnTopic(this, 'Topic', {
      clusterArn,
      topicName: TOPIC,
      partitionCount: PARTITIONS,
      // what Express brokers have, whatever one says
      replicationFactor: ZONES,
      configs: Buffer.from(JSON.stringify(topicSettings(stage))).toString('base64'),
    });
    topic.applyRemovalPolicy(removalPolicy);
    this.login = new BrokerLogin(this, 'Login', { stage, clusterArn });
    // a cluster that is being changed takes no topic
    this.login.association.addResourceDependency(topic);
    this.servers = new BootstrapServers(this, 'Bootstrap', { stage, build, clusterArn, brokers: BROKERS });
    this.destination = new RuleDestination(this, 'Rules', { network: this.network });
  }

  admitRules(role: Role): CfnTopicRule.ActionProperty {
    this.login.grantRead(role, 'secretsmanager:DescribeSecret');
    const credential = (name: string) =>
      `\${get_secret('${this.login.secret.secretArn}', 'SecretString', '${name}', '${role.roleArn}')}`;
    return {
      kafka: {
        destinationArn: this.destination.arn,
        topic: TOPIC,
        key: '${topic()}',
        clientProperties: {
          'bootstrap.servers': this.servers.addresses,
          'security.protocol': 'SASL_SSL',
          'sasl.mechanism': 'SCRAM-SHA-512',
          'sasl.scram.username': credential('username'),
          'sasl.scram.password': credential('password'),
          // the broker has a message when all of its copies stand
          acks: 'all',
        },
      },
    };
  }

  feed(client: TributaryFunction, { window, giveUpAfter, lake }: Feed): void {
    const role = client.role!;
    const clusterArn = this.cluster.attrArn;
    this.login.grantRead(role);
    client.addToRolePolicy(
      new PolicyStatement({
        actions: ['kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers', 'kafka:ListScramSecrets'],
        resources: [clusterArn],
      }),
    );
    const access = new NetworkAccess(client, 'Pollers', {
      role,
      network: this.network,
      securityGroup: this.network.brokers,
      further: 'nothing',
    });
    // not by the CDK's own event source, which attaches a policy of AWS's for every cluster there is
    const mapping = client.addEventSourceMapping('Readings', {
      eventSourceArn: clusterArn,
      kafkaTopic: TOPIC,
      kafkaConsumerGroupId: this.consumerGroup,
      sourceAccessConfigurations: [
        { type: SourceAccessConfigurationType.SASL_SCRAM_512_AUTH, uri: this.login.secret.secretArn },
      ],
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      maxBatchingWindow: window,
      // what bisects, answers in part and gives up by age; and needs no way out of the network
      provisionedPollerConfig: { minimumPollers: 1, maximumPollers: PARTITIONS },
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      maxRecordAge: giveUpAfter,
      // without a number Lambda gives up after ten attempts where there is a destination: minutes of an outage
      retryAttempts: MOST_ATTEMPTS,
      onFailure: new FailedBatches(lake),
      supportS3OnFailureDestination: true,
    });
    mapping.node.addDependency(access);
  }

  /** Its events name the cluster, which has an id of its own. */
  grantDescribe(): void {}

  watches(
    options: MetricOptions,
    { stage, ingest }: { readonly stage: Stage; readonly ingest: TributaryFunction },
  ): Watch[] {
    return [
      {
        name: 'consumer-lag',
        metric: this.metricTimeLag(options),
        above: longestDelay(stage) / 1000,
        periods: 3,
        means: 'Records wait in the topic for half an hour: ingest fails or cannot keep up',
      },
      {
        name: 'failed-partitions',
        metric: ingest.metricOwn('failedPartitions', options),
        above: 0,
        periods: 2,
        means: 'Ingest cannot commit a partition, and tries again while the others go on',
      },
      {
        name: 'broker-load',
        metric: new MathExpression({
          expression: 'MAX(METRICS())',
          usingMetrics: Object.fromEntries(
            this.metricsBytesIn(options).map((metric, broker) => [`m${broker}`, metric]),
          ),
          label: 'the busiest broker, bytes a second',
          ...(options.period === undefined ? {} : { period: options.period }),
        }),
        above: 0.8 * STEADY_BYTES,
        periods: 3,
        means: 'A broker takes four fifths of what it can take for long: it will slow the rules down',
      },
    ];
  }

  panels() {
    return [
      { title: 'Delay: age of the oldest record, s', metrics: [this.metricTimeLag()] },
      { title: 'Bytes in a second, by broker', metrics: this.metricsBytesIn() },
      { title: 'Records that wait', metrics: [this.metricLag('SumOffsetLag')] },
    ];
  }

  /** How old the oldest record is that no function has taken yet, seconds: the delay of the whole. */
  private metricTimeLag(options?: MetricOptions): Metric {
    return this.metricLag('EstimatedMaxTimeLag', options);
  }

  private metricLag(metricName: string, options?: MetricOptions): Metric {
    return this.metric(metricName, { 'Consumer Group': this.consumerGroup, Topic: TOPIC }, options);
  }

  private metricsBytesIn(options?: MetricOptions): Metric[] {
    return Array.from({ length: BROKERS }, (_, broker) =>
      this.metric(
        'BytesInPerSec',
        { 'Broker ID': String(broker + 1) },
        { label: `broker ${broker + 1}`, ...options },
      ),
    );
  }

  private metric(metricName: string, dimensions: Record<string, string>, options?: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/Kafka',
      metricName,
      dimensionsMap: { 'Cluster Name': this.clusterName, ...dimensions },
      statistic: 'Maximum',
      ...options,
    });
  }
}

/** What the topic keeps, and under which time. */
export function topicSettings(stage: Stage): Record<string, string> {
  return {
    'cleanup.policy': 'delete',
    'retention.ms': String(stage.streamRetention.toMilliseconds()),
    // a record's time is when the brokers took it: arrival is the stream's, never the sender's
    'message.timestamp.type': 'LogAppendTime',
  };
}
