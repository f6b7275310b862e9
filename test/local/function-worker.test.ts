import { describe, expect, it, onTestFinished } from 'vitest';
import { FunctionError, type FunctionOptions, startFunction } from '../../local/function-worker.ts';

const fixture = (name: string) => new URL(`./fixtures/${name}`, import.meta.url);

function start(options: Partial<FunctionOptions> = {}) {
  const printed: string[] = [];
  const started = startFunction({
    name: 'misbehaving',
    module: fixture('misbehaving.ts'),
    env: {},
    size: 1,
    timeoutMs: 20_000,
    memoryMb: 256,
    log: (chunk) => printed.push(chunk),
    ...options,
  });
  onTestFinished(() => started.close());
  return {
    printed,
    invoke: (event: unknown) => started.invoke(event),
    warm: () => started.warm(),
    close: () => started.close(),
  };
}

async function failureOf(promise: Promise<unknown>): Promise<FunctionError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FunctionError);
  return error as FunctionError;
}

describe('an invocation', () => {
  it('answers what the handler answers, through JSON', async () => {
    const { invoke } = start();
    expect(await invoke({ do: 'answer', with: { a: [1, null, 'ß'] } })).toEqual({ a: [1, null, 'ß'] });
    expect(await invoke({ do: 'answer' })).toBeNull();
  });

  it('finds its environment warm', async () => {
    const { invoke } = start();
    expect([await invoke({ do: 'count' }), await invoke({ do: 'count' })]).toEqual([1, 2]);
  });

  it('gets a context', async () => {
    const { invoke } = start();
    const context = await invoke({ do: 'context' });
    expect(context).toMatchObject({
      functionName: 'misbehaving',
      functionVersion: '$LATEST',
      memoryLimitInMB: '256',
      invokedFunctionArn: 'arn:tributary:lambda:local:0:function:misbehaving',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
    const { remaining } = context as { readonly remaining: number };
    expect(remaining).toBeGreaterThan(0);
    expect(remaining).toBeLessThanOrEqual(20_000);
  });

  it('sees its own environment variables and no others', async () => {
    const { invoke } = start({ env: { LAKE_URL: 'file:///lake' } });
    expect(await invoke({ do: 'environment' })).toEqual({
      LAKE_URL: 'file:///lake',
      AWS_LAMBDA_FUNCTION_NAME: 'misbehaving',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    });
  });

  it('prints to the log, and so does Lambda', async () => {
    const { invoke, printed } = start();
    await invoke({ do: 'print' });
    await expect.poll(() => printed.join('')).toContain('{"level":"INFO","message":"printed"}\n');
    expect(printed.join('')).toContain('to stderr\n');
    expect(printed.join('')).toMatch(
      /"type":"platform.report","record":\{"requestId":"[0-9a-f-]{36}","status":"success"/,
    );
    expect(printed.join('')).not.toContain('Warning');
  });

  it('finds what was loaded before its module', async () => {
    const { invoke } = start({
      module: fixture('shows-preloaded.ts'),
      preload: fixture('preloaded.ts'),
      env: { GREETING: 'hello' },
    });
    expect(await invoke({})).toBe('with hello');
  });
});

describe('a failing invocation', () => {
  it('says what was thrown, with its causes, and keeps the environment', async () => {
    const { invoke } = start();
    const error = await failureOf(invoke({ do: 'throw' }));
    expect(error.message).toBe('function misbehaving failed: TypeError: thrown');
    expect(error.errorType).toBe('TypeError');
    expect(error.stackTrace.join('\n')).toMatch(
      /TypeError: thrown\n[^]*misbehaving\.ts[^]*caused by\nError: the reason/,
    );
    expect(await invoke({ do: 'count' })).toBe(2);
  });

  it('says what was thrown that is no error', async () => {
    expect((await failureOf(start().invoke({ do: 'throw-text' }))).message).toBe(
      'function misbehaving failed: string: just text',
    );
  });

  it('says that an answer has no JSON', async () => {
    expect((await failureOf(start().invoke({ do: 'big-integer' }))).message).toMatch(/TypeError: .*BigInt/);
  });

  it.each([
    [
      'exits',
      'exit',
      /Runtime\.ExitError: RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 7/,
    ],
    [
      'exits with 0',
      'exit-quietly',
      /Runtime\.ExitError: .* Error: Runtime exited without providing a reason/,
    ],
    [
      'leaves a rejection unheard',
      'reject-later',
      /Runtime\.ExitError: .*exit status 1 \(Error: nobody listened\)/,
    ],
  ])('that %s fails, and the next one has a new environment', async (_, order, message) => {
    const { invoke } = start();
    await invoke({ do: 'count' });
    const error = await failureOf(invoke({ do: order }));
    expect(error.message).toMatch(message);
    expect(await invoke({ do: 'count' })).toBe(1);
  });

  it('that runs out of memory fails, and the next one has a new environment', async () => {
    const { invoke } = start({ memoryMb: 24 });
    expect((await failureOf(invoke({ do: 'eat-memory' }))).message).toMatch(
      /signal: killed \(out of memory: 24 MB\)/,
    );
    expect(await invoke({ do: 'count' })).toBe(1);
  });

  it.each(['hang', 'spin'])(
    'that takes too long (%s) is ended, and the next one has a new environment',
    async (order) => {
      const { invoke, warm } = start({ timeoutMs: 300 });
      await warm();
      const error = await failureOf(invoke({ do: order }));
      expect(error.message).toMatch(
        /Sandbox\.Timedout: RequestId: [0-9a-f-]{36} Error: Task timed out after 0\.30 seconds$/,
      );
      expect(await invoke({ do: 'count' })).toBe(1);
    },
  );
});

describe('a module that does not load', () => {
  it('fails the warm-up and each invocation with its cause', async () => {
    const { warm, invoke } = start({ module: fixture('broken-at-load.ts') });
    for (const attempt of [warm(), invoke({}), invoke({})]) {
      const error = await failureOf(attempt);
      expect(error.message).toBe('function misbehaving failed: Error: no such table');
      expect(error.stackTrace.join('\n')).toContain('Error: the lake is not there');
    }
  });

  it('is named where it exports no handler, or is not there', async () => {
    expect((await failureOf(start({ module: fixture('no-handler.ts') }).warm())).message).toMatch(
      /Runtime\.HandlerNotFound: file:.*no-handler\.ts exports no function named handler/,
    );
    expect((await failureOf(start({ module: fixture('absent.ts') }).warm())).message).toMatch(
      /Cannot find module .*absent\.ts/,
    );
  });
});

describe('environments', () => {
  it('serve one invocation at a time each, and as many at once as there are', async () => {
    const { invoke } = start({ size: 3 });
    const counts = await Promise.all(
      Array.from({ length: 12 }, () => invoke({ do: 'wait' }).then(() => invoke({ do: 'count' }))),
    );
    // twelve times two invocations over three environments
    expect(counts).toHaveLength(12);
    const last = await Promise.all(Array.from({ length: 3 }, () => invoke({ do: 'count' })));
    expect((last as number[]).reduce((sum, n) => sum + n, 0)).toBe(24 + 3);
  });

  it('that die do not leave those who wait alone', async () => {
    const { invoke } = start({ size: 1 });
    const results = await Promise.allSettled([
      invoke({ do: 'exit' }),
      invoke({ do: 'exit' }),
      invoke({ do: 'count' }),
      invoke({ do: 'count' }),
    ]);
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value : 'failed'))).toEqual([
      'failed',
      'failed',
      1,
      2,
    ]);
  });

  it('are gone after close, and who waits is told', async () => {
    const started = start();
    await started.warm();
    const running = failureOf(started.invoke({ do: 'hang' }));
    const waiting = started.invoke({ do: 'count' });
    waiting.catch(() => undefined);
    await started.close();
    expect((await running).message).toMatch(/was closed/);
    await expect(waiting).rejects.toThrow('function misbehaving was closed');
    await expect(started.invoke({ do: 'count' })).rejects.toThrow('function misbehaving is closed');
  });
});
