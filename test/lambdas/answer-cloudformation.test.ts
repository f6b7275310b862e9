import { createServer } from 'node:http';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerCloudFormation } from '../../lambdas/shared/answer-cloudformation.ts';

type Answer = { readonly method: string; readonly contentType: string; readonly body: unknown };

/** Stands where CloudFormation's signed addresses lead: takes answers, after refusing so many. */
async function listen(refusals = 0) {
  const answers: Answer[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      response.statusCode = refusals-- > 0 ? 503 : 200;
      if (response.statusCode === 200) {
        answers.push({
          method: request.method!,
          contentType: request.headers['content-type'] ?? '',
          body: JSON.parse(body) as unknown,
        });
      }
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { readonly port: number };
  const event = {
    RequestType: 'Create',
    ResponseURL: `http://127.0.0.1:${port}/signed?for=us`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Tables',
  } as CloudFormationCustomResourceEvent;
  return { answers, event };
}

const COMMON = {
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'Tables',
  PhysicalResourceId: 'Tables',
};

describe('CloudFormation', () => {
  it('is told when the work is done', async () => {
    const { answers, event } = await listen();
    await answerCloudFormation(event, () => Promise.resolve());
    expect(answers).toEqual([{ method: 'PUT', contentType: '', body: { ...COMMON, Status: 'SUCCESS' } }]);
  });

  it('is told what went wrong, and nobody else is: Lambda would try again', async () => {
    const { answers, event } = await listen();
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    await answerCloudFormation(event, () =>
      Promise.reject(new Error(`table pumps/readings ${'x'.repeat(9_000)}`)),
    );
    expect(answers).toHaveLength(1);
    const { Reason, ...rest } = answers[0]!.body as { Reason: string };
    expect(rest).toEqual({ ...COMMON, Status: 'FAILED' });
    expect(Reason).toMatch(/^table pumps\/readings x/);
    expect(JSON.stringify(answers[0]!.body).length).toBeLessThan(4_096);
  });

  it('is told again where it did not hear', async () => {
    const { answers, event } = await listen(1);
    await answerCloudFormation(event, () => Promise.resolve());
    expect(answers).toHaveLength(1);
  });
});
