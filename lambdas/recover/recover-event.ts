import type { S3Event, SQSEvent } from 'aws-lambda';
import { TributaryError } from '../../src/errors.ts';

/** Keys of objects, with the message that spoke of them where there is one. */
export type GivenUp = { readonly key: string; readonly messageId?: string };

/** What to bring back: objects that were put, or whatever still lies below these prefixes. */
export type RecoverEvent = S3Event | SQSEvent | { readonly sweep: readonly string[] };

/** What an event names; undefined where it asks for a sweep. A message may speak of no object at all. */
export function findKeys(event: S3Event | SQSEvent): readonly GivenUp[] {
  return event.Records.flatMap((record) => {
    if ('s3' in record) return [{ key: decodeKey(record.s3.object.key) }];
    const { messageId, body } = record;
    return parseNotification(body).map((key) => ({ key, messageId }));
  });
}

/** S3's notification in a message of a queue. When the notification is set up S3 sends a test that names no object. */
function parseNotification(body: string): readonly string[] {
  const notification = JSON.parse(body) as Partial<S3Event> & { readonly Event?: string };
  if (notification.Event === 's3:TestEvent') return [];
  if (notification.Records === undefined)
    throw new TributaryError(`${body.slice(0, 200)} is no notification of S3's`);
  return notification.Records.map(({ s3 }) => decodeKey(s3.object.key));
}

/** Events spell keys as forms do: `+` for a space. */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '));
}
