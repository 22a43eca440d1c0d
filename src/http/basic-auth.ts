import { createHmac, randomBytes } from 'node:crypto';
import { systemClock, type Clock } from '../base/clock.ts';
import { AttemptQueue, type Outcome } from './attempt-queue.ts';
import { FailedClients, type Client } from './failed-clients.ts';

/** Compares a password with its bcrypt hash asynchronously. */
export type Compare = (password: string, hash: string) => Promise<boolean>;

/** An exporter has a handful of users, each with one valid password. */
const MAX_VALID = 1000;

const MAX_INVALID = 100;

/** What was decided about credentials, by digest, and what waits for it. */
interface Decisions {
  readonly key: Buffer;
  readonly valid: Set<string>;
  readonly invalid: Set<string>;
  readonly pending: Map<string, Promise<Outcome>>;
  readonly failed: FailedClients;
  readonly queue: AttemptQueue;
}

/** None so far. */
export function newDecisions(clock: Clock): Decisions {
  return {
    key: randomBytes(32),
    valid: new Set(),
    invalid: new Set(),
    pending: new Map(),
    failed: new FailedClients(),
    queue: new AttemptQueue(clock),
  };
}

/**
 * Basic authentication. Decisions are cached, because a scrape every few seconds must not pay the intended cost of
 * bcrypt each time; the key of the cache is a keyed digest, not the password. A valid one stays until the hash of its
 * user changes, whatever else is tried.
 *
 * https://www.rfc-editor.org/rfc/rfc7617
 */
export class BasicAuth {
  readonly #users: ReadonlyMap<string, string>;
  readonly #compare: Compare;
  readonly #decisions: Decisions;

  /** `users` has the hashes by name, and at least one. */
  constructor(users: ReadonlyMap<string, string>, compare: Compare, decisions = newDecisions(systemClock)) {
    this.#users = users;
    this.#compare = compare;
    this.#decisions = decisions;
  }

  /** The same for other users. Decisions about those whose hash stays remain. */
  with(users: ReadonlyMap<string, string>): BasicAuth {
    return new BasicAuth(users, this.#compare, this.#decisions);
  }

  /** Whether the header `authorization` has valid credentials; `busy` if too many passwords wait. Never rejects. */
  async check(authorization: string, client: Client): Promise<Outcome> {
    const given = credentials(authorization);
    if (given === undefined) return false;
    const digest = this.#digest(given);
    const { valid, invalid, failed } = this.#decisions;
    if (valid.has(digest)) return true;
    const outcome = invalid.has(digest) ? false : await this.#decide(given, digest, client);
    if (outcome === false) failed.add(client);
    return outcome;
  }

  /** The hash is part of it, so that a decision ends with it. */
  #digest({ user, password }: Credentials): string {
    const text = JSON.stringify([user, this.#users.get(user) ?? '', password]);
    return createHmac('sha256', this.#decisions.key).update(text).digest('base64');
  }

  #decide(given: Credentials, digest: string, client: Client): Promise<Outcome> {
    const { pending, queue, failed } = this.#decisions;
    const known = pending.get(digest);
    if (known !== undefined) return known;
    const outcome = queue
      .add(failed.rank(client), () => this.#isValid(given))
      .then((result) => {
        pending.delete(digest);
        this.#cache(digest, result);
        return result;
      });
    pending.set(digest, outcome);
    return outcome;
  }

  #cache(digest: string, outcome: Outcome): void {
    const { valid, invalid } = this.#decisions;
    if (outcome === true && valid.size < MAX_VALID) valid.add(digest);
    if (outcome !== false) return;
    if (invalid.size >= MAX_INVALID) invalid.clear();
    invalid.add(digest);
  }

  /** An unknown user takes the same time, so that response times do not reveal which users exist. */
  async #isValid({ user, password }: Credentials): Promise<boolean> {
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
