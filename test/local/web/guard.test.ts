import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { guardHost } from '../../../local/web/guard.ts';

const app = new Hono().use(guardHost(() => 8080)).all('*', (context) => context.text('answered'));
const ask = (headers: Record<string, string>, method = 'GET') =>
  app.request('http://anything/api/v1/status', { method, headers });

describe('who is answered', () => {
  it.each([
    [
      'its own page',
      { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080', 'sec-fetch-site': 'same-origin' },
    ],
    ['its own page by its other name', { host: 'localhost:8080', origin: 'http://localhost:8080' }],
    ['a program', { host: '127.0.0.1:8080' }],
    ['an address that somebody types', { host: '127.0.0.1:8080', 'sec-fetch-site': 'none' }],
    [
      'a link from elsewhere',
      { host: '127.0.0.1:8080', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    ],
  ])('%s', async (_, headers) => {
    const answer = await ask(headers);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
  });
});

describe('who is refused', () => {
  it.each([
    ['a name that was made to resolve to 127.0.0.1', { host: 'evil.example:8080' }],
    ['the right host at another port', { host: '127.0.0.1:8081' }],
    ['a host that only begins so', { host: '127.0.0.1:8080.evil.example' }],
    ['no host at all', {}],
    ['another origin', { host: '127.0.0.1:8080', origin: 'https://evil.example' }],
    ['another port of this machine', { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:3000' }],
    ['a sandboxed frame', { host: '127.0.0.1:8080', origin: 'null' }],
    [
      'an image of another site',
      { host: '127.0.0.1:8080', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    ],
  ])('%s', async (_, headers) => {
    expect((await ask(headers)).status).toBe(403);
  });

  it('a form that is posted', async () => {
    const form = { host: '127.0.0.1:8080', 'content-type': 'text/plain' };
    expect((await ask(form, 'POST')).status).toBe(415);
  });
});
