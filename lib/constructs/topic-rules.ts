import { Aws, Stack } from 'aws-cdk-lib';
import { type MathExpression, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import { Construct } from 'constructs';
import type { IotRule } from '../../src/fleet/index.ts';
import type { Stage } from '../stage.ts';
import { stageIdentifier } from '../stage-names.ts';
import { acknowledgeWildcard } from './acknowledge.ts';
import { type LakeBucket, PREFIX } from './lake-bucket.ts';
import { sumOf } from './metric-sum.ts';
import type { Readings } from './readings.ts';

export type TopicRulesProps = {
  readonly stage: Stage;
  /** by the names that they shall have in this account */
  readonly rules: readonly IotRule[];
  readonly lake: LakeBucket;
  readonly readings: Readings;
};

/** The rules by the names that they have in this account: Basic Ingest topics carry them, `$aws/rules/<rule>/<topic>`. */
export function nameRules(stage: Stage, rules: readonly IotRule[]): readonly IotRule[] {
  return rules.map((rule) => ({ ...rule, name: stageIdentifier(stage, rule.name) }));
}

/**
 * One rule a topic filter; the filters are disjoint, so each message reaches the stream once. The record is the payload as
 * it came, its partition key the topic. What cannot be put lands below `rule-errors/`.
 */
export class TopicRules extends Construct {
  private readonly rules: readonly IotRule[];

  constructor(scope: Construct, id: string, props: TopicRulesProps) {
    super(scope, id);
    const { stage, rules, lake, readings } = props;
    this.rules = rules;
    const role = createRole(this, stage);
    const action = readings.admitRules(role);
    const errors = lake.bucket.arnForObjects(`${PREFIX.ruleErrors}/*`);
    role.addToPolicy(new PolicyStatement({ actions: ['s3:PutObject'], resources: [errors] }));
    acknowledgeWildcard(
      role,
      errors,
      'A message that could not be put is kept under a name made at that moment.',
    );
    for (const rule of rules) {
      new CfnTopicRule(this, rule.name, {
        ruleName: rule.name,
        topicRulePayload: {
          description: `${rule.filter} of ${rule.fleets.join(', ')}`,
          sql: rule.sql,
          awsIotSqlVersion: '2016-03-23',
          ruleDisabled: false,
          actions: [action],
          errorAction: {
            s3: {
              bucketName: lake.bucket.bucketName,
              key: `${PREFIX.ruleErrors}/${rule.name}/\${parse_time("yyyy-MM-dd", timestamp())}/\${newuuid()}.json`,
              roleArn: role.roleArn,
            },
          },
        },
      });
    }
  }

  /** How many messages each rule took, by rule. */
  metricsOfMessages(options?: MetricOptions): Metric[] {
    return this.rules.map(({ name }) => ruleMetric(name, 'TopicMatch', { label: name, ...options }));
  }

  /**
   * What can go wrong before an action is tried, by rule: messages that it could not read or was too busy for, and Basic
   * Ingest to a rule that there is not. (What an action failed for is counted by the lake: it is kept there.)
   */
  metricsOfTroubles(
    options?: MetricOptions,
  ): readonly { readonly rule: string; readonly metric: MathExpression }[] {
    return this.rules.map(({ name: rule }, place) => {
      const metrics = TROUBLES.map((metricName, index): [string, Metric] => [
        // a graph of several rules tells its metrics apart by these
        `m${place}_${index}`,
        ruleMetric(rule, metricName, options),
      ]);
      return { rule, metric: sumOf(metrics, `troubles of ${rule}`, options) };
    });
  }
}

const TROUBLES = ['ParseError', 'RuleMessageThrottled', 'RuleEvaluationThrottled', 'RuleNotFound'];

function ruleMetric(rule: string, metricName: string, options?: MetricOptions): Metric {
  return new Metric({
    namespace: 'AWS/IoT',
    metricName,
    dimensionsMap: { RuleName: rule },
    statistic: 'Sum',
    ...options,
  });
}

/** Only rules of this account and stage may use the role. */
function createRole(scope: Construct, stage: Stage): Role {
  const rules = Stack.of(scope).formatArn({
    service: 'iot',
    resource: 'rule',
    resourceName: `${stageIdentifier(stage)}_*`,
  });
  return new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('iot.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
        ArnLike: { 'aws:SourceArn': rules },
      },
    }),
    description: 'Lets the rules put messages on the stream, and what failed into the bucket of the lake',
  });
}
