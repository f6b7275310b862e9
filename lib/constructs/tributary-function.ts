import { fileURLToPath } from 'node:url';
import type { Duration, Size } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Architecture, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENVIRONMENT, METRICS } from '../../src/environment.ts';
import type { Stage } from '../stage.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** How functions are built: the same for all of a deployment. */
export type FunctionBuild = {
  /** the module that takes the place of `#fleets` in the bundle, an absolute path; undefined: the shipped fleets */
  readonly fleetsModule: string | undefined;
  readonly architecture: Architecture;
};

export type TributaryFunctionProps = {
  readonly stage: Stage;
  readonly build: FunctionBuild;
  /** its folder in `lambdas/` */
  readonly name: string;
  readonly description: string;
  /** megabytes; the CPU follows: 1,769 are one */
  readonly memorySize: number;
  readonly timeout: Duration;
  /**
   * What `/tmp` may hold.
   *
   * @default - 512 MiB
   */
  readonly ephemeralStorageSize?: Size;
  /**
   * Packages with native code: installed beside the bundle, for Lambda's platform, instead of into it.
   *
   * @default - none
   */
  readonly nativePackages?: readonly string[];
};

/** A function of ours: `lambdas/<name>/handler.ts` in one ES module for Node 24, with a role and a log of its own. */
export class TributaryFunction extends NodejsFunction {
  private readonly telemetry: Record<string, string>;

  constructor(scope: Construct, id: string, props: TributaryFunctionProps) {
    const { stage, build, nativePackages = [] } = props;
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: stage.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // a role of our own: Lambda's managed policy would let it write every log of the account
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    super(scope, id, {
      role,
      logGroup,
      description: props.description,
      entry: `${ROOT}lambdas/${props.name}/handler.ts`,
      projectRoot: ROOT,
      depsLockFilePath: `${ROOT}package-lock.json`,
      runtime: Runtime.NODEJS_24_X,
      architecture: build.architecture,
      memorySize: props.memorySize,
      timeout: props.timeout,
      ...(props.ephemeralStorageSize === undefined
        ? {}
        : { ephemeralStorageSize: props.ephemeralStorageSize }),
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      awsSdkConnectionReuse: false,
      environment: { NODE_OPTIONS: '--enable-source-maps', [ENVIRONMENT.stage]: stage.name },
      bundling: {
        format: OutputFormat.ESM,
        // packages that are CommonJS inside call `require` for Node's own modules
        banner: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
        mainFields: ['module', 'main'],
        logLevel: LogLevel.WARNING,
        minify: true,
        keepNames: true,
        sourceMap: true,
        sourcesContent: false,
        // what was tested is what runs: the runtime's own SDK changes under us
        bundleAwsSDK: true,
        ...(nativePackages.length === 0 ? {} : { nodeModules: [...nativePackages] }),
        esbuildArgs: { '--alias': aliases(build.fleetsModule) },
        environment: platformOf(build.architecture),
      },
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray knows no resources: xray:PutTraceSegments and PutTelemetryRecords allow nothing but *.',
    });
    this.telemetry = { service: props.name, stage: stage.name };
  }

  /** One of the metrics that the function tells itself. */
  metricOwn(metric: Exclude<keyof typeof METRICS, 'namespace'>, options?: MetricOptions): Metric {
    return new Metric({
      namespace: METRICS.namespace,
      metricName: METRICS[metric],
      dimensionsMap: this.telemetry,
      statistic: 'Sum',
      ...options,
    });
  }
}

/** Which build of a native package npm installs, whatever machine bundles. */
function platformOf({ name }: Architecture): Record<string, string> {
  const cpu = name === Architecture.ARM_64.name ? 'arm64' : 'x64';
  return { npm_config_os: 'linux', npm_config_cpu: cpu, npm_config_libc: 'glibc' };
}

/** Fleet definitions import `tributary`, from wherever they lie; data tests are Athena's in the cloud. */
function aliases(fleetsModule: string | undefined): string[] {
  return [
    `tributary=${ROOT}src/index.ts`,
    `#tested-lake=${ROOT}lambdas/test-data/athena-lake.ts`,
    ...(fleetsModule === undefined ? [] : [`#fleets=${fleetsModule}`]),
  ];
}
