/** What the SDK's errors say, which are told apart by their words and fields: their classes differ by client. */
type SdkError = Error & {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $fault?: 'client' | 'server';
  readonly code?: string;
};

/** A mistake in the environment, or what AWS answered. */
export type AwsFailure = { readonly kind: 'environment' | 'refused'; readonly line: string };

/** One line for an error of AWS's SDK; undefined for any other. */
export function describeAwsError(error: unknown): AwsFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message, code, $metadata, $fault }: SdkError = error;
  if (/^Region (?:is missing|not accepted)/.test(message))
    return { kind: 'environment', line: 'no AWS region is chosen: set AWS_REGION, to eu-central-1 for one' };
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError')
    return {
      kind: 'environment',
      line: `no AWS credentials are found (${message}): set AWS_PROFILE, or log in`,
    };
  if ($metadata === undefined) return undefined;
  if ($fault !== undefined) return { kind: 'refused', line: `AWS answered ${name}: ${message}` };
  return { kind: 'refused', line: `AWS cannot be reached (${code ?? name}): ${message}` };
}
