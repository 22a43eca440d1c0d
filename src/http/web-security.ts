import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { errorCode } from '../base/error-code.ts';
import { fileVersionSync, type FileVersion } from '../base/file-version.ts';
import { BasicAuth, type Compare } from './basic-auth.ts';
import { readWebConfig, type Pem, type TlsConfig, type WebConfig } from './web-config.ts';
import { WebConfigError } from './web-config-fields.ts';

/** Milliseconds for which the files are not looked at again. */
const INTERVAL = 1000;

/** Hears of a configuration that cannot be used while an older one is. */
export type Complain = (cause: string) => void;

/** What the configuration comes to. */
interface State {
  /** The files that were read, with the version that each had just before. */
  readonly files: Files;
  readonly config: WebConfig;
  readonly auth: BasicAuth | undefined;
  readonly context: SecureContextOptions | undefined;
}

type Files = Map<string, FileVersion | undefined>;

/** What is loaded only for those who want it. */
interface Libraries {
  readonly parse: (text: string) => unknown;
  readonly compare: Compare;
}

/**
 * Who may ask, and how answers are protected, by the file of `--web.config.file`. All files are looked at again when a
 * connection or a request comes in, by path, because a mounted Secret is swapped as a whole. What cannot be used leaves
 * the last good state in force.
 */
export class WebSecurity {
  readonly #path: string;
  readonly #libraries: Libraries;
  readonly #complain: Complain;
  readonly #now: () => number;
  #state: State;
  #nextLook: number;
  readonly #listeners: ((context: SecureContextOptions) => void)[] = [];

  private constructor(path: string, libraries: Libraries, complain: Complain, now: () => number) {
    this.#path = path;
    this.#libraries = libraries;
    this.#complain = complain;
    this.#now = now;
    this.#state = this.#read();
    this.#nextLook = now() + INTERVAL;
  }

  /**
   * Reads the configuration for the first time.
   *
   * @throws {WebConfigError} one line, if it cannot be used.
   */
  static async open(path: string, complain: Complain, now = () => performance.now()): Promise<WebSecurity> {
    const [{ parse }, { compare }] = await Promise.all([import('yaml'), import('bcryptjs')]);
    return new WebSecurity(
      path,
      { parse: (text) => parse(text, { logLevel: 'error' }) as unknown, compare },
      complain,
      now,
    );
  }

  /** How TLS is spoken, if it is. Whether it is does not change while the program runs. */
  get tls(): TlsConfig | undefined {
    return this.#state.config.tls;
  }

  /** Certificates and the like, if TLS is spoken. */
  get context(): SecureContextOptions | undefined {
    return this.#state.context;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#state.config.headers;
  }

  /** Absent if nobody is asked for a password. */
  get auth(): BasicAuth | undefined {
    return this.#state.auth;
  }

  /** `listener` hears of every new context for the connections to come. */
  onContext(listener: (context: SecureContextOptions) => void): void {
    this.#listeners.push(listener);
  }

  /** Takes in what has changed in the files; cheap if nothing has. Never throws. */
  refresh(): void {
    if (this.#now() < this.#nextLook) return;
    this.#nextLook = this.#now() + INTERVAL;
    if ([...this.#state.files].every(([path, version]) => fileVersionSync(path) === version)) return;
    try {
      const state = this.#read();
      checkChange(this.#state.config, state.config);
      this.#state = state;
    } catch (error) {
      this.#complain(error instanceof Error ? error.message : String(error));
      return;
    }
    const { context } = this.#state;
    if (context !== undefined) for (const listener of this.#listeners) listener(context);
  }

  #read(): State {
    const files: Files = new Map();
    const config = readWebConfig(this.#parse(readText(this.#path, files)), dirname(this.#path));
    const { tls, users } = config;
    return {
      files,
      config,
      auth: users.size === 0 ? undefined : new BasicAuth(users, this.#libraries.compare),
      context: tls === undefined ? undefined : contextOf(tls, files),
    };
  }

  #parse(text: string): unknown {
    try {
      return this.#libraries.parse(text);
    } catch {
      // The parser's message quotes the text.
      throw new WebConfigError('it is not valid YAML');
    }
  }
}

/** What a server is built with stays as it was. */
function checkChange(before: WebConfig, after: WebConfig): void {
  if ((before.tls === undefined) !== (after.tls === undefined)) {
    throw new WebConfigError('TLS cannot be switched on or off while the program runs');
  }
  if (asksForCertificates(before) !== asksForCertificates(after)) {
    throw new WebConfigError('asking for client certificates cannot be switched on or off while the program runs');
  }
}

function asksForCertificates({ tls }: WebConfig): boolean {
  return tls !== undefined && tls.clientAuth !== 'NoClientCert';
}

function contextOf(tls: TlsConfig, files: Files): SecureContextOptions {
  const { clientCa, minVersion, maxVersion, ciphers, curves, honorCipherOrder } = tls;
  const context: SecureContextOptions = {
    cert: textOf(tls.cert, files),
    key: textOf(tls.key, files),
    ...(clientCa === undefined ? {} : { ca: textOf(clientCa, files) }),
    minVersion,
    maxVersion,
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(curves === undefined ? {} : { ecdhCurve: curves }),
    honorCipherOrder,
  };
  try {
    createSecureContext(context);
  } catch (error) {
    throw new WebConfigError(`tls_server_config: certificate and key cannot be used together (${errorCode(error)})`);
  }
  return context;
}

function textOf(pem: Pem, files: Files): string {
  return 'text' in pem ? pem.text : readText(pem.path, files);
}

function readText(path: string, files: Files): string {
  files.set(path, fileVersionSync(path));
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new WebConfigError(`${path} cannot be read: ${errorCode(error)}`);
  }
}
