import type { MiddlewareHandler } from 'hono';
import { HOST } from '../listen.ts';

/**
 * The page is for whoever sits at this machine, in a page of its own. A request under another host's name comes from a page
 * whose name was made to resolve to 127.0.0.1 (DNS rebinding); one with another origin comes from another page. Both are
 * refused; nothing is ever allowed to other origins (no CORS), and nobody may frame the page.
 *
 * @param port of this server, known once it listens
 */
export function guardHost(port: () => number): MiddlewareHandler {
  return async (context, next) => {
    const hosts = [`${HOST}:${port()}`, `localhost:${port()}`];
    const host = context.req.header('host');
    const refuse = (why: string) => context.json({ error: why }, 403);
    if (host === undefined || !hosts.includes(host)) return refuse(`this server is for ${hosts[0]} only`);
    const origin = context.req.header('origin');
    if (origin !== undefined && origin !== `http://${host}`)
      return refuse('this server answers its own page only');
    const site = context.req.header('sec-fetch-site');
    const isNavigation = context.req.header('sec-fetch-mode') === 'navigate';
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isNavigation)
      return refuse('this server answers its own page only');
    // a form of another page cannot send this type without asking first, and nobody answers that
    const type = context.req.header('content-type') ?? '';
    if (context.req.method === 'POST' && !/^application\/json\b/.test(type))
      return context.json({ error: 'send application/json' }, 415);
    await next();
    context.header('x-content-type-options', 'nosniff');
    context.header('referrer-policy', 'no-referrer');
    context.header('x-frame-options', 'DENY');
    context.header('cross-origin-resource-policy', 'same-origin');
    context.header('cross-origin-opener-policy', 'same-origin');
    return undefined;
  };
}
