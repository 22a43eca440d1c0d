import { createHmac, randomBytes } from 'node:crypto';
import pLimit from 'p-limit';

/** Compares a password with its bcrypt hash asynchronously. */
export type Compare = (password: string, hash: string) => Promise<boolean>;

/** An exporter has a handful of users. */
const MAX_CACHED_DECISIONS = 100;

/** Passwords that wait for comparison; more are rejected, because each takes a tenth of a second or more. */
const MAX_QUEUED = 20;

/**
 * Basic authentication. Decisions are cached, because a scrape every few seconds must not pay the intended cost of
 * bcrypt each time; the key of the cache is a keyed digest, not the password.
 *
 * https://www.rfc-editor.org/rfc/rfc7617
 */
export class BasicAuth {
  readonly #users: ReadonlyMap<string, string>;
  readonly #compare: Compare;
  readonly #key = randomBytes(32);
  readonly #known = new Map<string, boolean>();
  readonly #one = pLimit(1);

  /** `users` has the hashes by name, and at least one. */
  constructor(users: ReadonlyMap<string, string>, compare: Compare) {
    this.#users = users;
    this.#compare = compare;
  }

  /** Whether the header `authorization` has valid credentials; `busy` if too many passwords wait. Never rejects. */
  async check(authorization: string): Promise<boolean | 'busy'> {
    const given = credentials(authorization);
    if (given === undefined) return false;
    const digest = createHmac('sha256', this.#key).update(JSON.stringify(given)).digest('base64');
    const known = this.#known.get(digest);
    if (known !== undefined) return known;
    if (this.#one.pendingCount >= MAX_QUEUED) return 'busy';
    return this.#one(async () => {
      const isValid = this.#known.get(digest) ?? (await this.#decide(given));
      if (this.#known.size >= MAX_CACHED_DECISIONS) this.#known.clear();
      this.#known.set(digest, isValid);
      return isValid;
    });
  }

  /** An unknown user takes the same time, so that response times do not reveal which users exist. */
  async #decide({ user, password }: Credentials): Promise<boolean> {
    const [anyHash = ''] = this.#users.values();
    const hash = this.#users.get(user);
    const isEqual = await this.#compare(password, hash ?? anyHash).catch(() => false);
    return isEqual && hash !== undefined;
  }
}

interface Credentials {
  readonly user: string;
  readonly password: string;
}

function credentials(authorization: string): Credentials | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  const [, user, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? [];
  return user === undefined || password === undefined ? undefined : { user, password };
}
