import { GetBootstrapBrokersCommand, KafkaClient } from '@aws-sdk/client-kafka';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import middy from '@middy/core';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { TributaryError } from '../../src/errors.ts';
import { answerCloudFormation } from '../shared/answer-cloudformation.ts';
import { createTelemetry } from '../shared/telemetry.ts';

const { logger, middlewares } = createTelemetry('brokers');
// HTTP/1.1 for one call: an HTTP/2 session would outlive it, and break while the environment is frozen
const client = new KafkaClient({ requestHandler: new NodeHttpHandler() });

/** CloudFormation's custom resource: where the brokers of a cluster listen for SASL/SCRAM, as `bootstrapServers`. */
export const handler = middy<CloudFormationCustomResourceEvent, void>()
  .use(middlewares)
  .handler((event) =>
    answerCloudFormation(event, async () => {
      if (event.RequestType === 'Delete') return undefined;
      const { clusterArn: ClusterArn } = event.ResourceProperties as { readonly clusterArn?: string };
      const answer = await client.send(new GetBootstrapBrokersCommand({ ClusterArn }));
      const bootstrapServers = answer.BootstrapBrokerStringSaslScram;
      if (bootstrapServers === undefined)
        throw new TributaryError(`cluster ${ClusterArn} has no brokers that listen for SASL/SCRAM`);
      logger.info('brokers found', { bootstrapServers });
      return { bootstrapServers };
    }),
  );
