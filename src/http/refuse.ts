import type { Context } from 'koa';

/** Answers 503, with the reason and the time after which to retry. */
export function refuse(context: Context, reason: string): void {
  context.status = 503;
  context.type = 'text/plain; charset=utf-8';
  context.set('Retry-After', '1');
  context.body = `${reason}\n`;
}
