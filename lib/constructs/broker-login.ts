import { Aws, Fn, Validations } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnBatchScramSecret } from 'aws-cdk-lib/aws-msk';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Stage } from '../stage.ts';
import { stageIdentifier } from '../stage-names.ts';

export type BrokerLoginProps = { readonly stage: Stage; readonly clusterArn: string };

/**
 * The one user that the brokers know, for rules and pollers alike: its name and password in a secret, as MSK wants them.
 * The name of the secret has to begin with `AmazonMSK_`, and its key has to be one of our own.
 */
export class BrokerLogin extends Construct {
  readonly secret: Secret;
  /** whoever logs in needs it to be there */
  readonly association: CfnBatchScramSecret;
  private readonly key: Key;

  constructor(scope: Construct, id: string, { stage, clusterArn }: BrokerLoginProps) {
    super(scope, id);
    const { removalPolicy } = stage;
    this.key = new Key(this, 'Key', {
      description: `Tributary ${stage.name}: how rules and pollers log in to the brokers`,
      enableKeyRotation: true,
      removalPolicy,
    });
    this.secret = new Secret(this, 'Secret', {
      // a deleted secret holds its name for a month: a stage that is deployed again has another
      secretName: `AmazonMSK_${stageIdentifier(stage)}_${stackDigits()}`,
      description: `Tributary ${stage.name}: the user of the brokers`,
      encryptionKey: this.key,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: 'tributary' }),
        generateStringKey: 'password',
        passwordLength: 48,
        excludePunctuation: true,
      },
      removalPolicy,
    });
    Validations.of(this.secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Brokers learn a new password some time after it is set; rules and pollers would be refused meanwhile. Nobody can try a password from outside of the network.',
    });
    this.association = new CfnBatchScramSecret(this, 'Association', {
      clusterArn,
      secretArnList: [this.secret.secretArn],
    });
    this.association.applyRemovalPolicy(removalPolicy);
  }

  /**
   * Lets somebody log in.
   *
   * @param further what they want of the secret beyond its value
   */
  grantRead(role: IRole, ...further: readonly 'secretsmanager:DescribeSecret'[]): void {
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue', ...further],
        resources: [this.secret.secretArn],
      }),
    );
    role.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['kms:Decrypt'], resources: [this.key.keyArn] }),
    );
  }
}

/** The first digits of the stack's own id, which is never given again. */
function stackDigits(): string {
  return Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));
}
