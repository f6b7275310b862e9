import { hc } from 'hono/client';
import type { Api } from '../../local/web/app.ts';

/** The product's API, with the types of its routes. */
export const api = hc<Api>('/api/v1');

type Answer<T> = { readonly ok: boolean; readonly status: number; json(): Promise<T> };

/** What was asked for. @throws Error with the product's own line where it refused */
export async function ask<T>(request: Promise<Answer<T>>): Promise<T> {
  const answer = await request;
  if (answer.ok) return answer.json();
  const refusal = (await answer.json().catch(() => ({}))) as { readonly error?: string };
  throw new Error(refusal.error ?? `the product answered ${answer.status}`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
