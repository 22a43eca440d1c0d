import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createSecureContext, getCACertificates, type SecureContextOptions } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { errorCode } from '../base/error-code.ts';
import { fileVersionSync, type FileVersion } from '../base/file-version.ts';
import { BasicAuth, type Compare } from './basic-auth.ts';
import { verifiesCertificates } from './client-certificate.ts';
import { checkKeyPair } from './key-pair.ts';
import type { Pem, TlsConfig } from './tls-config.ts';
import { RateLimiter } from './rate-limiter.ts';
import { readWebConfig, type WebConfig } from './web-config.ts';
import { WebConfigError } from './web-config-error.ts';
import { readYaml, type YamlLibrary } from './web-config-yaml.ts';

/** Minimum time between two checks of the files. */
const CHECK_INTERVAL_MS = 1000;

/** Called with the reason when a changed configuration is invalid and the previous one stays in effect. */
export type Complain = (cause: string) => void;

/** A configuration in effect. */
interface State {
  /** The files that were read, with the version that each had before. */
  readonly files: Files;
  readonly config: WebConfig;
  readonly auth: BasicAuth | undefined;
  readonly limiter: RateLimiter | undefined;
  readonly context: SecureContextOptions | undefined;
}

type Files = Map<string, FileVersion | undefined>;

/** Loaded only if there is a web configuration. */
interface Libraries {
  readonly yaml: YamlLibrary;
  readonly compare: Compare;
}

/**
 * Authentication, TLS and response headers by `--web.config.file`. All files are checked for changes when a connection or
 * a request arrives, by path, because a mounted Secret is replaced as a whole. An invalid change leaves the last valid
 * state in effect.
 */
export class WebSecurity {
  readonly #path: string;
  readonly #libraries: Libraries;
  readonly #complain: Complain;
  readonly #now: () => number;
  #state: State;
  #nextCheck: number;
  readonly #listeners: ((context: SecureContextOptions) => void)[] = [];

  private constructor(path: string, libraries: Libraries, complain: Complain, now: () => number) {
    this.#path = path;
    this.#libraries = libraries;
    this.#complain = complain;
    this.#now = now;
    this.#state = this.#read();
    this.#nextCheck = now() + CHECK_INTERVAL_MS;
  }

  /**
   * Reads the configuration for the first time.
   *
   * @throws {WebConfigError} one line, if it is invalid.
   */
  static async open(path: string, complain: Complain, now = () => performance.now()): Promise<WebSecurity> {
    const [yaml, { compare }] = await Promise.all([import('yaml'), import('bcryptjs')]);
    return new WebSecurity(path, { yaml, compare }, complain, now);
  }

  /** TLS settings; absent for plain HTTP. A restart is required to change between the two. */
  get tls(): TlsConfig | undefined {
    return this.#state.config.tls;
  }

  /** Certificate, key and parameters for TLS; absent for plain HTTP. */
  get context(): SecureContextOptions | undefined {
    return this.#state.context;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#state.config.headers;
  }

  /** Absent without authentication. */
  get auth(): BasicAuth | undefined {
    return this.#state.auth;
  }

  /** Absent if requests are not limited. */
  get limiter(): RateLimiter | undefined {
    return this.#state.limiter;
  }

  /** Calls `listener` with every new context, for new connections. */
  onContext(listener: (context: SecureContextOptions) => void): void {
    this.#listeners.push(listener);
  }

  /** Reloads changed files; cheap if nothing has changed. Never throws. */
  refresh(): void {
    if (this.#now() < this.#nextCheck) return;
    this.#nextCheck = this.#now() + CHECK_INTERVAL_MS;
    if ([...this.#state.files].every(([path, version]) => fileVersionSync(path) === version)) return;
    try {
      const state = this.#read(this.#state);
      checkChange(this.#state.config, state.config);
      this.#state = state;
    } catch (error) {
      this.#complain(error instanceof Error ? error.message : String(error));
      return;
    }
    const { context } = this.#state;
    if (context !== undefined) for (const listener of this.#listeners) listener(context);
  }

  /** `before` is the state that is replaced. What it counted and decided stays in effect if the settings do. */
  #read(before?: State): State {
    const files: Files = new Map();
    const config = readWebConfig(readYaml(readText(this.#path, files), this.#libraries.yaml), dirname(this.#path));
    const { tls, users, rateLimit } = config;
    const limiter = rateLimit === undefined ? undefined : new RateLimiter(rateLimit, this.#now);
    return {
      files,
      config,
      auth: this.#auth(users, before),
      limiter: isDeepStrictEqual(before?.config.rateLimit, rateLimit) ? (before?.limiter ?? limiter) : limiter,
      context: tls === undefined ? undefined : contextOf(tls, files),
    };
  }

  #auth(users: WebConfig['users'], before: State | undefined): BasicAuth | undefined {
    if (users.size === 0) return undefined;
    return before?.auth?.with(users) ?? new BasicAuth(users, this.#libraries.compare);
  }
}

/** Rejects changes that a running server cannot apply. */
function checkChange(before: WebConfig, after: WebConfig): void {
  if ((before.tls === undefined) !== (after.tls === undefined)) {
    throw new WebConfigError('enabling or disabling TLS requires a restart');
  }
  if (requestsCertificates(before) !== requestsCertificates(after)) {
    throw new WebConfigError('enabling or disabling client certificates requires a restart');
  }
}

function requestsCertificates({ tls }: WebConfig): boolean {
  return tls !== undefined && tls.clientAuth !== 'NoClientCert';
}

function contextOf(tls: TlsConfig, files: Files): SecureContextOptions {
  const { minVersion, maxVersion, ciphers, curves, honorCipherOrder } = tls;
  const [cert, key] = [textOf(tls.cert, files), textOf(tls.key, files)];
  checkKeyPair(tls, cert, key);
  const context: SecureContextOptions = {
    cert,
    key,
    ca: clientAuthorities(tls, files),
    minVersion,
    maxVersion,
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(curves === undefined ? {} : { ecdhCurve: curves }),
    honorCipherOrder,
  };
  try {
    createSecureContext(context);
  } catch (error) {
    throw new WebConfigError(`tls_server_config cannot be used (${errorCode(error)})`);
  }
  return context;
}

/**
 * The authorities of client certificates in PEM: those of the system if none are configured. A list without any authority
 * verifies no certificate; a text without any, or no list, would let the library use its own.
 */
function clientAuthorities({ clientCa, clientAuth }: TlsConfig, files: Files): string[] {
  if (clientCa !== undefined) return [textOf(clientCa, files)];
  return verifiesCertificates(clientAuth) ? getCACertificates('system') : [];
}

function textOf(pem: Pem, files: Files): string {
  return 'text' in pem ? pem.text : readText(pem.path, files);
}

function readText(path: string, files: Files): string {
  files.set(path, fileVersionSync(path));
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new WebConfigError(`cannot read ${path}: ${errorCode(error)}`);
  }
}
