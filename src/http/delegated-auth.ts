import { createHmac, randomBytes } from 'node:crypto';
import pLimit from 'p-limit';
import type { Clock } from '../base/clock.ts';
import type { ProblemLog } from '../base/problem-log.ts';
import type { AccessAttributes, AccessReviews, ReviewedUser } from '../cluster/access-reviews.ts';
import { toApiFailure } from '../cluster/failure.ts';
import { ExpiringCache } from './expiring-cache.ts';

/** The decision on a request; `reason` is one line for the client. */
export type Verdict = { readonly status: 200 } | { readonly status: 401 | 403 | 503; readonly reason: string };

export interface DelegatedAuthOptions {
  readonly reviews: AccessReviews;
  readonly clock: Clock;
  /** Reports that reviews fail, and that they succeed again. */
  readonly problems: ProblemLog;
}

/** How long a positive decision is cached, as by the kubelet for tokens. */
const ALLOWED_MS = 120_000;

/** How long a negative one is: a right that was just granted takes effect soon. */
const DENIED_MS = 10_000;

/** Entries of each cache; negative entries never displace positive ones. */
const MAX_ENTRIES = 1000;

/** Parallel reviews of unknown tokens, and how many may wait. */
const MAX_REVIEWS = 4;
const MAX_QUEUED = 100;

const ALLOWED: Verdict = { status: 200 };
const NO_TOKEN: Verdict = { status: 401, reason: 'bearer token required' };
const INVALID: Verdict = { status: 401, reason: 'the bearer token is not valid' };
const FORBIDDEN: Verdict = { status: 403, reason: 'the user of the bearer token may not read this' };
const BUSY: Verdict = { status: 503, reason: 'too many tokens wait for review, retry later' };
const FAILED: Verdict = { status: 503, reason: 'the API server cannot review the bearer token, retry later' };

/**
 * Authentication and authorization by the API server: a TokenReview and a SubjectAccessReview for each token. Decisions
 * are cached by a keyed digest of the token. Without an answer of the API server a request is rejected.
 *
 * https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
 */
export class DelegatedAuth {
  readonly #options: DelegatedAuthOptions;
  readonly #key = randomBytes(32);
  readonly #allowed: ExpiringCache<true>;
  readonly #denied: ExpiringCache<Verdict>;
  readonly #users: ExpiringCache<ReviewedUser>;
  /** Tokens that were valid before: their reviews do not wait behind those of unknown tokens. */
  readonly #proven: ExpiringCache<true>;
  readonly #inFlight = new Map<string, Promise<Verdict>>();
  readonly #unknownTokens = pLimit(MAX_REVIEWS);
  readonly #provenTokens = pLimit(MAX_REVIEWS);
  readonly #stopped = new AbortController();

  constructor(options: DelegatedAuthOptions) {
    this.#options = options;
    const { clock } = options;
    this.#allowed = new ExpiringCache(clock, { maxEntries: MAX_ENTRIES, lifetimeMs: ALLOWED_MS });
    this.#denied = new ExpiringCache(clock, { maxEntries: MAX_ENTRIES, lifetimeMs: DENIED_MS });
    this.#users = new ExpiringCache(clock, { maxEntries: MAX_ENTRIES, lifetimeMs: ALLOWED_MS });
    this.#proven = new ExpiringCache(clock, { maxEntries: MAX_ENTRIES, lifetimeMs: Infinity });
  }

  /** Decides on a request with the header `authorization`. Never rejects. */
  async check(authorization: string, attributes: AccessAttributes): Promise<Verdict> {
    const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization) ?? [];
    if (token === undefined) return NO_TOKEN;
    const digest = this.#digest(token);
    const decision = this.#digest(JSON.stringify([token, attributes]));
    if (this.#allowed.get(decision) !== undefined) return ALLOWED;
    const denied = this.#denied.get(digest) ?? this.#denied.get(decision);
    if (denied !== undefined) return denied;
    const inFlight = this.#inFlight.get(decision) ?? this.#enqueue({ token, digest, decision, attributes });
    return inFlight;
  }

  /** Aborts the reviews in progress. */
  close(): void {
    this.#stopped.abort();
  }

  /** Keys of the caches: of one length, whatever clients send, and without a secret. */
  #digest(value: string): string {
    return createHmac('sha256', this.#key).update(value).digest('base64');
  }

  #enqueue(request: Request): Promise<Verdict> {
    const lane = this.#proven.get(request.digest) === undefined ? this.#unknownTokens : this.#provenTokens;
    if (lane.pendingCount >= MAX_QUEUED) return Promise.resolve(BUSY);
    const verdict = lane(() => this.#review(request)).finally(() => this.#inFlight.delete(request.decision));
    this.#inFlight.set(request.decision, verdict);
    return verdict;
  }

  async #review(request: Request): Promise<Verdict> {
    const { reviews, problems } = this.#options;
    const { token, digest, decision, attributes } = request;
    const { signal } = this.#stopped;
    try {
      const user = this.#users.get(digest) ?? (await reviews.authenticate(token, signal));
      if (user === undefined) return this.#deny(digest, INVALID);
      this.#users.set(digest, user);
      const isAllowed = await reviews.authorize(user, attributes, signal);
      problems.resolve();
      if (!isAllowed) return this.#deny(decision, FORBIDDEN);
      this.#proven.set(digest, true);
      this.#allowed.set(decision, true);
      return ALLOWED;
    } catch (error) {
      if (!signal.aborted) problems.report(toApiFailure(error).message);
      return FAILED;
    }
  }

  #deny(key: string, verdict: Verdict): Verdict {
    this.#denied.set(key, verdict);
    return verdict;
  }
}

interface Request {
  readonly token: string;
  readonly digest: string;
  /** Key of the decision: the token and what is requested. */
  readonly decision: string;
  readonly attributes: AccessAttributes;
}
