import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { CfnStream } from 'aws-cdk-lib/aws-kinesis';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { stageOf, synthesise } from './support/synthesise.ts';

const SYNTH = 120_000;

describe('what every synthesis checks', () => {
  it.each(['dev', 'prod'] as const)(
    'finds nothing in %s, not even a warning',
    { timeout: SYNTH },
    (stage) => {
      const report = JSON.parse(
        readFileSync(join(stageOf(stage).outdir, 'validation-report.json'), 'utf8'),
      ) as {
        pluginReports: unknown[];
      };
      expect(report.pluginReports).toEqual([]);
    },
  );

  it('stops for what cdk-nag finds', { timeout: SYNTH }, () => {
    expect(() => synthesise({ plant: ({ lake }) => new Bucket(lake, 'Open') })).toThrow(/[Vv]alidation/);
  });

  it('stops for what CloudFormation would refuse', { timeout: SYNTH }, () => {
    expect(() =>
      synthesise({
        plant: ({ stream }) =>
          new CfnStream(stream, 'TooLong', { retentionPeriodHours: 100_000, shardCount: 1 }),
      }),
    ).toThrow(/[Vv]alidation/);
  });

  it.each([
    ['dev', 'kinesis'],
    ['prod', 'msk'],
  ] as const)(
    'has no acknowledgement that no finding needs, in %s with %s',
    { timeout: SYNTH },
    (stage, stream) => {
      const { app } = stageOf(stage, stream);
      const strict = new AwsSolutionsChecks(app);
      Object.defineProperty(strict, 'isAcknowledged', { value: () => false });
      const findings = strict
        .validateScope(app)
        .violations.flatMap(({ ruleName, violatingResources }) =>
          violatingResources.map(({ constructPath }) => ({ ruleName, path: constructPath ?? '' })),
        );
      const idle = acknowledgements(app).filter(
        ({ id, path }) => !findings.some((each) => each.ruleName === id && each.path.startsWith(`${path}/`)),
      );
      expect(idle).toEqual([]);
      expect(acknowledgements(app).length).toBeGreaterThan(5);
    },
  );
});

/** Ours: what CloudFormation's rules find in the CDK's own constructs, the CDK acknowledges itself. */
function acknowledgements(scope: IConstruct): { id: string; path: string }[] {
  return scope.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.keys(data as object))
      .map((id) => ({ id: id.replace(/^Annotation::/i, ''), path: node.path }))
      .filter(({ id }) => id.startsWith('AwsSolutions-')),
  );
}
