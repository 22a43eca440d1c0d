import { field, isObject, list, text } from '../base/untrusted-json.ts';
import type { ApiClient } from './api-client.ts';

/** A user as the API server authenticated it. */
export interface ReviewedUser {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, unknown>>;
}

/** What a request is about, for the authorizer of the API server. */
export type AccessAttributes =
  | {
      readonly resourceAttributes: {
        readonly verb: string;
        readonly version: string;
        readonly resource: string;
        readonly subresource: string;
        readonly name: string;
      };
    }
  | { readonly nonResourceAttributes: { readonly verb: string; readonly path: string } };

const IDLE_TIMEOUT_MS = 5000;
const TIMEOUT_MS = 10_000;

/**
 * Asks the API server who a token belongs to and what its user may do. Requires the ClusterRole `system:auth-delegator`.
 *
 * https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1/
 * https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/
 */
export class AccessReviews {
  readonly #client: Pick<ApiClient, 'post'>;

  constructor(client: Pick<ApiClient, 'post'>) {
    this.#client = client;
  }

  /**
   * Returns the user of a bearer token; `undefined` if the token is not valid.
   *
   * @throws {ApiFailure} if the API server does not answer, or not with a review.
   */
  async authenticate(token: string, signal: AbortSignal): Promise<ReviewedUser | undefined> {
    const status = await this.#review('authentication.k8s.io', 'TokenReview', { token }, signal);
    if (field(status, 'authenticated') !== true) return undefined;
    const user = field(status, 'user');
    const [username, uid, extra] = [text(field(user, 'username')), text(field(user, 'uid')), field(user, 'extra')];
    if (username === undefined || username === '') return undefined;
    const groups = list(field(user, 'groups')).filter((group) => typeof group === 'string');
    return { username, ...(uid === undefined ? {} : { uid }), groups, extra: isObject(extra) ? { ...extra } : {} };
  }

  /**
   * Whether the user may do what the attributes describe.
   *
   * @throws {ApiFailure} as {@link AccessReviews.authenticate}.
   */
  async authorize(user: ReviewedUser, attributes: AccessAttributes, signal: AbortSignal): Promise<boolean> {
    const { username, ...others } = user;
    const spec = { user: username, ...others, ...attributes };
    const status = await this.#review('authorization.k8s.io', 'SubjectAccessReview', spec, signal);
    return field(status, 'allowed') === true && field(status, 'denied') !== true;
  }

  async #review(group: string, kind: string, spec: object, signal: AbortSignal): Promise<unknown> {
    const path = `/apis/${group}/v1/${kind.toLowerCase()}s`;
    const body = { apiVersion: `${group}/v1`, kind, spec };
    const limits = { idleTimeoutMs: IDLE_TIMEOUT_MS, timeoutMs: TIMEOUT_MS };
    return field(await this.#client.post({ path, ...limits, signal }, body), 'status');
  }
}
