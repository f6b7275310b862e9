import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { LakeStack } from '../../lib/lake-stack.ts';
import { STAGES } from '../../lib/stage.ts';
import { cdkContext, resourcesOf, stageOf, synthesise } from './support/synthesise.ts';

const SYNTH = 120_000;
const STATEFUL = ['AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::Kinesis::Stream'];

describe('what holds state', () => {
  it(
    'keeps its logical ids: another id is another bucket, and the data stays behind in the old one',
    { timeout: SYNTH },
    () => {
      const ids = STATEFUL.flatMap((type) => resourcesOf(stageOf('prod'), type)).map(
        ({ concern, id }) => `${concern}/${id}`,
      );
      expect(ids).toEqual([
        'lake/LakeAccessLogs4431AB8D',
        'lake/LakeBucketB1D32E10',
        'lake/LakeKey7B6C155C',
        'stream/ReadingsStreamC38C6CEB',
      ]);
    },
  );

  it('outlives its stack in prod and goes with it in dev', { timeout: SYNTH }, () => {
    for (const [stage, policy] of [
      ['prod', 'Retain'],
      ['dev', 'Delete'],
    ] as const) {
      for (const type of STATEFUL) {
        for (const resource of resourcesOf(stageOf(stage), type))
          expect(resource.DeletionPolicy).toBe(policy);
      }
    }
  });
});

describe('the lake’s bucket', () => {
  const statements = () =>
    stageOf('prod').templates.lake.Resources['LakeBucketPolicy93101044']!.Properties['PolicyDocument']
      .Statement as {
      Sid?: string;
      Effect: string;
      Action: string;
      Condition: Record<string, Record<string, unknown>>;
      Resource: unknown;
    }[];

  it('takes a commit file only where none is, whoever writes', () => {
    expect(statements().find(({ Sid }) => Sid === 'CommitsOnlyWhereNothingIs')).toMatchObject({
      Effect: 'Deny',
      Action: 's3:PutObject',
      Principal: { AWS: '*' },
      Resource: {
        'Fn::Join': ['', [{ 'Fn::GetAtt': ['LakeBucketB1D32E10', 'Arn'] }, '/*/_delta_log/*.json']],
      },
      Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
    });
  });

  it('takes others’ commits too where the stage says so', () => {
    const app = new App({ context: cdkContext() });
    const stack = new LakeStack(app, 'lake', { stage: { ...STAGES.dev, conditionalCommits: false } });
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain('CommitsOnlyWhereNothingIs');
  });

  it('refuses anything but TLS 1.2 and later', () => {
    const denied = statements()
      .filter(({ Effect }) => Effect === 'Deny')
      .map(({ Condition }) => Condition);
    expect(denied).toContainEqual({ Bool: { 'aws:SecureTransport': 'false' } });
    expect(denied).toContainEqual({ NumericLessThan: { 's3:TlsVersion': 1.2 } });
  });

  it('is encrypted with its own key and closed to the public', () => {
    for (const { Properties } of resourcesOf(stageOf('prod'), 'AWS::S3::Bucket')) {
      expect(Object.values(Properties['PublicAccessBlockConfiguration'])).toEqual([true, true, true, true]);
    }
    const encryption =
      stageOf('prod').templates.lake.Resources['LakeBucketB1D32E10']!.Properties['BucketEncryption'];
    expect(encryption.ServerSideEncryptionConfiguration).toMatchObject([
      { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } },
    ]);
  });

  it('never expires rule errors, failed batches or tables', () => {
    const { Rules } =
      stageOf('prod').templates.lake.Resources['LakeBucketB1D32E10']!.Properties['LifecycleConfiguration'];
    const expiring = Rules.filter(
      (rule: { ExpirationInDays?: number }) => rule.ExpirationInDays !== undefined,
    );
    expect(expiring.map(({ Prefix }: { Prefix?: string }) => Prefix)).toEqual([
      'recovered/',
      'query-results/',
    ]);
  });

  it('keeps what was deleted for two weeks in prod', () => {
    const { Properties } = stageOf('prod').templates.lake.Resources['LakeBucketB1D32E10']!;
    expect(Properties['VersioningConfiguration']).toEqual({ Status: 'Enabled' });
    expect(Properties['LifecycleConfiguration'].Rules).toContainEqual(
      expect.objectContaining({ NoncurrentVersionExpiration: { NoncurrentDays: 14 } }),
    );
  });
});

describe('another account', () => {
  const READER = '444455556666';
  type Statement = {
    readonly Sid?: string;
    readonly Effect: string;
    readonly Action: string | readonly string[];
    readonly Principal: unknown;
    readonly Condition?: unknown;
  };
  /** What policies of the lake let principals outside do, by the account that is named. */
  const allowed = (readers: readonly string[]) => {
    const app = new App({ context: cdkContext() });
    const stack = new LakeStack(app, 'lake', { stage: STAGES.dev, readers });
    const { Resources: resources } = Template.fromStack(stack).toJSON() as {
      Resources: Record<string, { Properties: Record<string, any> }>;
    };
    return Object.values(resources)
      .flatMap(({ Properties }) => Properties['PolicyDocument'] ?? Properties['KeyPolicy'] ?? [])
      .flatMap(({ Statement }) => Statement as readonly Statement[])
      .filter(({ Principal }) => JSON.stringify(Principal).includes(READER));
  };

  it('may do nothing with the lake by default', () => {
    expect(allowed([])).toEqual([]);
  });

  it('that is named as a reader may read tables, and write nothing', () => {
    const statements = allowed([READER]);
    expect(statements.every(({ Effect }) => Effect === 'Allow')).toBe(true);
    expect(statements.flatMap(({ Action }) => Action).sort()).toEqual([
      'kms:Decrypt',
      's3:GetBucketLocation',
      's3:GetObject',
      's3:ListBucket',
    ]);
    const read = statements.find(({ Action }) => Action === 's3:GetObject');
    expect(JSON.stringify(read)).toContain('/lake/*');
  });

  it('passes all checks with everything else', { timeout: SYNTH }, () => {
    const { templates } = synthesise({ readers: [READER] });
    expect(JSON.stringify(templates.lake)).toContain(READER);
    const { lake: _, ...others } = templates;
    expect(JSON.stringify(others)).not.toContain(READER);
  });

  it('decrypts by way of S3 only: the stream has the same key', () => {
    const decrypt = allowed([READER]).find(({ Action }) => Action === 'kms:Decrypt');
    expect(JSON.stringify(decrypt!.Condition)).toMatch(/kms:ViaService.*s3\./);
  });
});
