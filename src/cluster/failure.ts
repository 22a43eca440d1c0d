import { STATUS_CODES } from 'node:http';
import { errorCode, UNKNOWN_CODE } from '../base/error-code.ts';

/** Next step after a failure: resume the watch from the last resource version, or relist. */
export type NextStep = 'list' | 'watch';

export interface ApiFailureOptions extends ErrorOptions {
  readonly next?: NextStep;
  /** Value of the Retry-After header. */
  readonly retryAfterSeconds?: number;
  readonly isUnauthorized?: boolean;
}

/** Error codes of Node.js for a certificate with an unknown issuer, another name or an invalid date. */
const CERTIFICATE_ERROR_CODE = /^(?:ERR_TLS_CERT_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|HOSTNAME_)/;

const OUTAGE = /^(?:connection|idle|overdue|http_5\d\d)$/;

/** Why a list or a watch ended. The message is one line and quotes no data from the server. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  /** Value of the `reason` label of the restart counter. */
  readonly reason: string;
  readonly next: NextStep;
  readonly retryAfterSeconds: number;
  /** The server returned 401 or 403. */
  readonly isUnauthorized: boolean;

  /** The server cannot be reached or cannot respond; during one outage the reasons vary. */
  get isOutage(): boolean {
    return OUTAGE.test(this.reason) && !isCertificateError(this);
  }

  constructor(reason: string, message: string, options: ApiFailureOptions = {}) {
    super(message, options);
    this.reason = reason;
    this.next = options.next ?? 'list';
    this.retryAfterSeconds = options.retryAfterSeconds ?? 0;
    this.isUnauthorized = options.isUnauthorized ?? false;
  }
}

/** Only an operator or a renewed token resolves these. */
const UNAUTHORIZED_STATUSES = new Set([401, 403]);

/** Statuses below 500 after which the last resource version is still valid. */
const TRANSIENT_STATUSES = new Set([...UNAUTHORIZED_STATUSES, 408, 429]);

/** Whether a connection failed because the certificate of the server cannot be verified. */
export function isCertificateError({ reason, cause }: ApiFailure): boolean {
  return reason === 'connection' && CERTIFICATE_ERROR_CODE.test(errorCode(cause));
}

/** Converts an HTTP status other than 200, or the code of an ERROR event, to a failure. */
export function httpFailure(code: number, retryAfterSeconds?: number): ApiFailure {
  const text = `HTTP ${code} ${STATUS_CODES[code] ?? ''}`.trimEnd();
  const next = TRANSIENT_STATUSES.has(code) || code >= 500 ? 'watch' : 'list';
  return new ApiFailure(code === 410 ? 'gone' : `http_${code}`, text, {
    next,
    isUnauthorized: UNAUTHORIZED_STATUSES.has(code),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

/** Converts any thrown value to a failure. */
export function toApiFailure(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  const code = errorCode(error);
  if (code !== UNKNOWN_CODE) {
    return new ApiFailure('connection', `connection failed: ${code}`, { next: 'watch', cause: error });
  }
  const name = error instanceof Error ? error.name : typeof error;
  return new ApiFailure('unexpected', `unexpected error: ${name}`, { cause: error });
}

/** Failure to read the credentials for `server`. */
export function credentialsFailure(server: string, error: unknown): ApiFailure {
  // The message may quote a secret, the code never does.
  const code = errorCode(error);
  const detail = code === UNKNOWN_CODE ? '' : `: ${code}`;
  return new ApiFailure('credentials', `cannot read credentials for ${server}${detail}`, {
    next: 'watch',
    cause: error,
  });
}
