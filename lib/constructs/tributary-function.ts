import { fileURLToPath } from 'node:url';
import type { Duration, Size } from 'aws-cdk-lib';
import { Role, ServicePrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Architecture, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Stage } from '../stage.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export type TributaryFunctionProps = {
  readonly stage: Stage;
  /** its folder in `lambdas/` */
  readonly name: string;
  readonly description: string;
  /** megabytes; the CPU follows: 1,769 are one */
  readonly memorySize: number;
  readonly timeout: Duration;
  /**
   * The module that takes the place of `#fleets` in the bundle, an absolute path.
   *
   * @default - the shipped fleets
   */
  readonly fleetsModule?: string | undefined;
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

/** A function of ours: `lambdas/<name>/handler.ts` in one ES module for Node 24 on arm64, with a role and a log of its own. */
export class TributaryFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: TributaryFunctionProps) {
    const { stage, nativePackages = [] } = props;
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
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize,
      timeout: props.timeout,
      ...(props.ephemeralStorageSize === undefined
        ? {}
        : { ephemeralStorageSize: props.ephemeralStorageSize }),
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      awsSdkConnectionReuse: false,
      environment: { NODE_OPTIONS: '--enable-source-maps' },
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
        esbuildArgs: { '--alias': aliases(props.fleetsModule) },
        environment: LAMBDA_PLATFORM,
      },
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray knows no resources: xray:PutTraceSegments and PutTelemetryRecords allow nothing but *.',
    });
  }
}

/** Which build of a native package npm installs, whatever machine bundles. */
const LAMBDA_PLATFORM = { npm_config_os: 'linux', npm_config_cpu: 'arm64', npm_config_libc: 'glibc' };

/** Fleet definitions import `tributary`, from wherever they lie. */
function aliases(fleetsModule: string | undefined): string[] {
  return [
    `tributary=${ROOT}src/index.ts`,
    ...(fleetsModule === undefined ? [] : [`#fleets=${fleetsModule}`]),
  ];
}
