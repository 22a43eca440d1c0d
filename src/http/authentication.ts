import type { Context, Middleware, Next } from 'koa';
import type { Client } from './failed-clients.ts';
import type { WebSecurity } from './web-security.ts';

/**
 * Answers 429 to requests above the configured rate, 401 to those without valid credentials, and sets the configured
 * response headers. Requests for `publicPaths` are not limited and need no credentials.
 */
export function authentication(security: WebSecurity, publicPaths: ReadonlySet<string>): Middleware {
  return async (context: Context, next: Next): Promise<void> => {
    security.refresh();
    context.set({ ...security.headers });
    const { auth, limiter } = security;
    const isPublic = publicPaths.has(context.path);
    if (!isPublic && limiter?.allow() === false) {
      context.status = 429;
      context.body = 'too many requests, retry later\n';
      return;
    }
    const isAllowed =
      isPublic || auth === undefined || (await auth.check(context.get('Authorization'), clientOf(context)));
    if (isAllowed === true) {
      await next();
    } else if (isAllowed === 'busy') {
      context.status = 503;
      context.body = 'too many authentication attempts in progress, retry later\n';
    } else {
      context.status = 401;
      context.set('WWW-Authenticate', 'Basic realm="pod-exporter", charset="UTF-8"');
      context.body = 'authentication required\n';
    }
  };
}

function clientOf({ req: { socket } }: Context): Client {
  return { connection: socket, address: socket.remoteAddress ?? '' };
}
