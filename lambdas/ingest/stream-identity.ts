import { TributaryError } from '../../src/errors.ts';
import type { StreamIdentity } from '../../src/streams/stream.ts';
import type { IdentifyStream } from './kinesis-event.ts';

/**
 * Kinesis: the name with the creation time, since a stream that is deleted and made anew starts its positions over.
 * The laptop's stream carries its own UUID in its ARN. Answers are remembered for the life of the environment.
 */
export function createStreamIdentifier(): IdentifyStream {
  const known = new Map<string, Promise<StreamIdentity>>();
  return (arn) => {
    const identity = known.get(arn) ?? identify(arn);
    known.set(arn, identity);
    identity.catch(() => known.delete(arn));
    return identity;
  };
}

async function identify(arn: string): Promise<StreamIdentity> {
  const [, , service, , , resource = ''] = arn.split(':');
  const name = resource.slice(resource.indexOf('/') + 1);
  if (service === 'sqlite') return { kind: 'sqlite', id: name };
  if (service !== 'kinesis')
    throw new TributaryError(`event source ${arn} is neither Kinesis nor the laptop's stream`);
  // loaded where it is needed: on the laptop, and after the first batch, nobody pays for it
  const [{ DescribeStreamSummaryCommand, KinesisClient }, { NodeHttpHandler }] = await Promise.all([
    import('@aws-sdk/client-kinesis'),
    import('@smithy/node-http-handler'),
  ]);
  // HTTP/1.1 for this one call: an HTTP/2 session would outlive it, and break while the environment is frozen
  const client = new KinesisClient({ requestHandler: new NodeHttpHandler() });
  const { StreamDescriptionSummary: summary } = await client.send(
    new DescribeStreamSummaryCommand({ StreamARN: arn }),
  );
  const created = summary?.StreamCreationTimestamp?.getTime();
  if (created === undefined)
    throw new TributaryError(`stream ${arn} does not say when it was created`, { retriable: true });
  return { kind: 'kinesis', id: `${name}@${created}` };
}
