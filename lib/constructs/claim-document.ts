import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Where a device asks for a certificate, and what its claim may do there: ask for both forms, hear the answers. */
const CREATE = ['$aws/certificates/create/*', '$aws/certificates/create-from-csr/*'];

/** What a certificate that many devices share may do: ask for one of their own by this template, and nothing else. */
export function claimDocument(scope: Construct, templateName: string): object {
  const topics = [...CREATE, `$aws/provisioning-templates/${templateName}/provision/*`];
  const arns = (resource: string) =>
    topics.map((topic) => Stack.of(scope).formatArn({ service: 'iot', resource, resourceName: topic }));
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'iot:Connect',
        // under a device's own name it would end that device's connection
        Resource: Stack.of(scope).formatArn({ service: 'iot', resource: 'client', resourceName: 'claim-*' }),
      },
      { Effect: 'Allow', Action: ['iot:Publish', 'iot:Receive'], Resource: arns('topic') },
      { Effect: 'Allow', Action: 'iot:Subscribe', Resource: arns('topicfilter') },
    ],
  };
}
