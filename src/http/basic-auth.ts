import { createHmac, randomBytes } from 'node:crypto';
import pLimit from 'p-limit';

/** Compares a password with its bcrypt hash, off the main path. */
export type Compare = (password: string, hash: string) => Promise<boolean>;

/** Remembered decisions; an exporter has a handful of users. */
const MAX_CACHED_DECISIONS = 100;

/** Passwords that wait to be compared. More are turned away: each costs a tenth of a second or more. */
const MAX_QUEUED = 20;

/**
 * Tells whether a request has the name and password of a user. A decision is remembered, because a scrape every few
 * seconds must not cost what bcrypt is meant to cost; what is remembered is a keyed digest, not the password.
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

  /** `authorization` is the header. `busy` if too many wait already. Never rejects. */
  async check(authorization: string): Promise<boolean | 'busy'> {
    const given = credentials(authorization);
    if (given === undefined) return false;
    const digest = createHmac('sha256', this.#key).update(JSON.stringify(given)).digest('base64');
    const known = this.#known.get(digest);
    if (known !== undefined) return known;
    if (this.#one.pendingCount >= MAX_QUEUED) return 'busy';
    return this.#one(async () => {
      const isRight = this.#known.get(digest) ?? (await this.#decide(given));
      if (this.#known.size >= MAX_CACHED_DECISIONS) this.#known.clear();
      this.#known.set(digest, isRight);
      return isRight;
    });
  }

  /** For a user who is not there the same work is done, so that the time does not tell who is. */
  async #decide({ user, password }: Credentials): Promise<boolean> {
    const [somebody = ''] = this.#users.values();
    const hash = this.#users.get(user);
    const isEqual = await this.#compare(password, hash ?? somebody).catch(() => false);
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
