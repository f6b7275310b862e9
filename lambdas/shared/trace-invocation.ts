import type { MiddlewareObj } from '@middy/core';

/**
 * Gives an invocation that X-Ray samples a segment of its own, with the requests that it makes below it. Lambda says so in
 * the environment; an invocation that is not sampled does not pay for X-Ray's library, which takes longer to load than all
 * else that ingest is made of.
 */
export function traceInvocation(serviceName: string): MiddlewareObj {
  let middleware: Promise<MiddlewareObj> | undefined;
  async function load(): Promise<MiddlewareObj> {
    const [{ Tracer }, { captureLambdaHandler }] = await Promise.all([
      import('@aws-lambda-powertools/tracer'),
      import('@aws-lambda-powertools/tracer/middleware'),
    ]);
    // what a batch came to is in the log; a trace says where the time went
    return captureLambdaHandler(new Tracer({ serviceName }), { captureResponse: false });
  }
  return {
    async before(request) {
      if (!isSampled()) return;
      middleware ??= load();
      await (await middleware).before?.(request);
    },
    async after(request) {
      if (isSampled()) await (await middleware)?.after?.(request);
    },
    async onError(request) {
      if (isSampled()) await (await middleware)?.onError?.(request);
    },
  };
}

/** https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
function isSampled(): boolean {
  return process.env['_X_AMZN_TRACE_ID']?.includes('Sampled=1') ?? false;
}
