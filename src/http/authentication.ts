import type { Context, Middleware, Next } from 'koa';
import type { AttributesOf } from './access-attributes.ts';
import type { BasicAuth } from './basic-auth.ts';
import type { DelegatedAuth } from './delegated-auth.ts';
import type { Client } from './failed-clients.ts';
import type { WebSecurity } from './web-security.ts';

/** Who decides on requests. Without any of them every client is authorized. */
export interface Authenticators {
  /** By `--web.config.file`. */
  readonly security?: WebSecurity;
  /** By `--web.auth=kubernetes`. */
  readonly delegated?: { readonly auth: DelegatedAuth; readonly attributesOf: AttributesOf };
}

interface Refusal {
  readonly status: number;
  readonly reason: string;
}

const ALLOWED = { status: 200 } as const;
const TOO_MANY: Refusal = { status: 429, reason: 'too many requests, retry later' };
const REQUIRED: Refusal = { status: 401, reason: 'authentication required' };
const BUSY: Refusal = { status: 503, reason: 'too many authentication attempts in progress, retry later' };

/**
 * Answers 429 to requests above the configured rate, 401 and 403 to those without valid credentials, and sets the
 * configured response headers. Requests for `publicPaths` are not limited and need no credentials.
 */
export function authentication(authenticators: Authenticators, publicPaths: ReadonlySet<string>): Middleware {
  const { security, delegated } = authenticators;
  return async (context: Context, next: Next): Promise<void> => {
    security?.refresh();
    context.set({ ...security?.headers });
    const verdict = publicPaths.has(context.path) ? ALLOWED : await admit(context, authenticators);
    if (!('reason' in verdict)) {
      await next();
      return;
    }
    if (verdict.status === 401) context.set('WWW-Authenticate', challenges(security?.auth, delegated));
    context.status = verdict.status;
    context.body = `${verdict.reason}\n`;
  };
}

async function admit(context: Context, { security, delegated }: Authenticators): Promise<Refusal | typeof ALLOWED> {
  if (security?.limiter?.allow() === false) return TOO_MANY;
  return decide(context, security?.auth, delegated);
}

/** A user name and a password go to the web configuration, everything else to the API server if that decides. */
async function decide(
  context: Context,
  basic: BasicAuth | undefined,
  delegated: Authenticators['delegated'],
): Promise<Refusal | typeof ALLOWED> {
  const authorization = context.get('Authorization');
  if (basic !== undefined && (delegated === undefined || /^Basic /i.test(authorization))) {
    const isValid = await basic.check(authorization, clientOf(context));
    return isValid === true ? ALLOWED : isValid === 'busy' ? BUSY : REQUIRED;
  }
  if (delegated === undefined) return ALLOWED;
  return delegated.auth.check(authorization, delegated.attributesOf(context.method, context.path));
}

function clientOf({ req: { socket } }: Context): Client {
  return { connection: socket, address: socket.remoteAddress ?? '' };
}

function challenges(basic: BasicAuth | undefined, delegated: Authenticators['delegated']): string[] {
  return [
    ...(basic === undefined ? [] : ['Basic realm="pod-exporter", charset="UTF-8"']),
    ...(delegated === undefined ? [] : ['Bearer realm="pod-exporter"']),
  ];
}
