import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { TributaryError } from '../../src/errors.ts';

const ATTEMPTS = 5;
const FIRST_WAIT_MS = 1_000;
/** Of the whole answer CloudFormation takes 4,096 bytes. */
const LONGEST_REASON = 2_000;

/**
 * Does the work and tells CloudFormation how it went, which waits for that and nothing else. Work that fails fails the
 * deployment, with its message as the reason; it does not reject here: Lambda would try again what has been answered.
 *
 * @param work returns the resource's attributes, if it has any
 */
export async function answerCloudFormation(
  event: CloudFormationCustomResourceEvent,
  work: () => Promise<Readonly<Record<string, string>> | void>,
): Promise<void> {
  const { ResponseURL, StackId, RequestId, LogicalResourceId } = event;
  // the same for ever: another one would be a replacement
  const common = { StackId, RequestId, LogicalResourceId, PhysicalResourceId: LogicalResourceId };
  let attributes: Readonly<Record<string, string>> | void;
  try {
    attributes = await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await send(ResponseURL, { ...common, Status: 'FAILED', Reason: message.slice(0, LONGEST_REASON) });
    console.error(error);
    return;
  }
  const data = attributes === undefined ? {} : { Data: attributes };
  await send(ResponseURL, { ...common, Status: 'SUCCESS', ...data });
}

/** An answer that gets lost would keep the deployment waiting until it gives up. */
async function send(url: string, answer: object): Promise<void> {
  let fault: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1));
    try {
      // the signed address is for no content type
      const response = await fetch(url, {
        method: 'PUT',
        headers: { 'content-type': '' },
        body: JSON.stringify(answer),
      });
      if (response.ok) return;
      fault = new TributaryError(`CloudFormation answered ${response.status}`);
    } catch (error) {
      fault = error;
    }
  }
  throw new TributaryError('CloudFormation cannot be told how it went', { cause: fault });
}
