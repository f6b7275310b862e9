/**
 * What runs inside a function's worker thread: loads the module, then serves one invocation at a time. The thread is the
 * execution environment: what the module keeps between invocations is warm, and gone with the thread.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { Context } from 'aws-lambda';
import {
  describeError,
  type EnvironmentMessage,
  type EnvironmentSettings,
  type InvokeMessage,
} from './environment-protocol.ts';

const port = parentPort!;
const settings = workerData as EnvironmentSettings;
const tell = (message: EnvironmentMessage) => port.postMessage(message);

type Handler = (event: unknown, context: Context) => unknown;

try {
  const handler = await loadHandler();
  port.on('message', (message: InvokeMessage) => void serve(handler, message));
  tell({ kind: 'ready' });
} catch (error) {
  tell({ kind: 'init-failed', error: describeError(error) });
  port.close();
}

async function loadHandler(): Promise<Handler> {
  if (settings.preload !== undefined) await import(settings.preload);
  const { handler } = (await import(settings.module)) as { readonly handler?: unknown };
  if (typeof handler === 'function') return handler as Handler;
  throw Object.assign(new Error(`${settings.module} exports no function named handler`), {
    name: 'Runtime.HandlerNotFound',
  });
}

async function serve(handler: Handler, { requestId, payload, deadline }: InvokeMessage): Promise<void> {
  try {
    const result = await handler(JSON.parse(payload), createContext(requestId, deadline));
    // undefined has no JSON: Lambda answers null
    tell({ kind: 'succeeded', result: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    tell({ kind: 'failed', error: describeError(error) });
  }
}

function createContext(requestId: string, deadline: number): Context {
  const noCallbacks = () => {
    throw new Error('callbacks are gone: Node.js 24 functions return a promise');
  };
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: settings.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: settings.functionArn,
    memoryLimitInMB: String(settings.memoryMb),
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${settings.functionName}`,
    logStreamName: settings.functionName,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: noCallbacks,
    fail: noCallbacks,
    succeed: noCallbacks,
  };
}
