import { type IResolvable, Reference, Stack, Token, Tokenization, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Accepts an IAM resource with a wildcard under `scope`, with the reason why it cannot be narrower. cdk-nag wants every
 * such resource named as the template spells it: `<Bucket83908E77.Arn>/lake/*`, or by the import's name where it belongs
 * to another stack.
 */
export function acknowledgeWildcard(scope: IConstruct, resource: string, reason: string): void {
  const id = `AwsSolutions-IAM5[Resource::${spellResource(Stack.of(scope), resource)}]`;
  Validations.of(scope).acknowledge({ id, reason });
}

function spellResource(stack: Stack, resource: string): string {
  return Tokenization.reverseString(resource).tokens.reduce<string>(
    (text, token) => text.replace(token.toString(), spellToken(stack, token)),
    resource,
  );
}

function spellToken(stack: Stack, token: IResolvable): string {
  const home = Reference.isReference(token) ? Stack.of(token.target) : stack;
  const intrinsic = stack.resolve(home === stack ? token : Token.asAny(home.exportValue(token))) as Intrinsic;
  if ('Fn::ImportValue' in intrinsic) return intrinsic['Fn::ImportValue'];
  if ('Fn::GetAtt' in intrinsic) return `<${intrinsic['Fn::GetAtt'].join('.')}>`;
  return `<${intrinsic.Ref}>`;
}

type Intrinsic =
  | { readonly Ref: string }
  | { readonly 'Fn::GetAtt': readonly string[] }
  | { readonly 'Fn::ImportValue': string };
