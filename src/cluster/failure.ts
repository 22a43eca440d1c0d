import { STATUS_CODES } from 'node:http';

/** What to do after a failure: a watch may go on from where it was, or all pods must be listed again. */
export type Step = 'list' | 'watch';

export interface ApiFailureOptions extends ErrorOptions {
  readonly next?: Step;
  /** Seconds for which the server asks to be left alone. */
  readonly retryAfter?: number;
  readonly isRefusal?: boolean;
}

/** Why a list or a watch ended. The message is one line and quotes nothing that came from the server. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  /** The label by which restarts are counted. */
  readonly reason: string;
  readonly next: Step;
  readonly retryAfter: number;
  /** We were not let in. */
  readonly isRefusal: boolean;

  constructor(reason: string, message: string, options: ApiFailureOptions = {}) {
    super(message, options);
    this.reason = reason;
    this.next = options.next ?? 'list';
    this.retryAfter = options.retryAfter ?? 0;
    this.isRefusal = options.isRefusal ?? false;
  }
}

/** Statuses by which the server says that we may not. Nothing but an operator, or a new token, changes that. */
const REFUSALS = new Set([401, 403]);

/** Statuses after which the version that was watched is as good as before. */
const PASSING = new Set([...REFUSALS, 408, 429]);

/** The failure that an HTTP status other than 200, or an ERROR event with such a code, stands for. */
export function statusFailure(code: number, retryAfter?: number): ApiFailure {
  const text = `HTTP ${code} ${STATUS_CODES[code] ?? ''}`.trimEnd();
  const next = PASSING.has(code) || code >= 500 ? 'watch' : 'list';
  return new ApiFailure(code === 410 ? 'gone' : `http_${code}`, text, {
    next,
    isRefusal: REFUSALS.has(code),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** Takes any error for what it is. */
export function asFailure(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  if (code !== undefined) {
    return new ApiFailure('connection', `the connection failed: ${code}`, { next: 'watch', cause: error });
  }
  const name = error instanceof Error ? error.name : typeof error;
  return new ApiFailure('unexpected', `unexpected ${name}`, { cause: error });
}

/** That what is needed to be let in by `server` cannot be read. */
export function credentialsFailure(server: string, error: unknown): ApiFailure {
  // The messages of what reads them may quote secrets; codes do not.
  const code = error instanceof Error && 'code' in error ? `: ${String(error.code)}` : '';
  return new ApiFailure('credentials', `credentials for ${server} cannot be read${code}`, {
    next: 'watch',
    cause: error,
  });
}
