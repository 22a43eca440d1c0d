import type { Context, Middleware, Next } from 'koa';
import type { WebSecurity } from './web-security.ts';

/**
 * Answers 401 to requests without valid credentials and sets the configured response headers. Requests for
 * `publicPaths` need no credentials.
 */
export function authentication(security: WebSecurity, publicPaths: ReadonlySet<string>): Middleware {
  return async (context: Context, next: Next): Promise<void> => {
    security.refresh();
    context.set({ ...security.headers });
    const { auth } = security;
    const isPublic = auth === undefined || publicPaths.has(context.path);
    const isAllowed = isPublic || (await auth.check(context.get('Authorization')));
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
