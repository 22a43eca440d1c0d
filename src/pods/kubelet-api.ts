import { ApiFailure, asFailure } from './api-failure.ts';
import type { ApiClient } from './api-request.ts';
import { readPodList } from './pod-list.ts';

/** Milliseconds of silence after which a list is given up. The kubelet may have to ask the API server who we are. */
const IDLE = 30_000;

/** Milliseconds after which a list is given up, however it drips. */
const LONGEST = 120_000;

/** What node says when a certificate is not signed by the authority, is for another name, or is out of date. */
const CERTIFICATE = /^(?:ERR_TLS_CERT_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|HOSTNAME_)/;

/** The one question about pods that a kubelet answers. */
export class KubeletApi {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /**
   * Gives each pod of the kubelet to `take`: those that run here by the word of the API server, as that last told of
   * them, and static pods, as the kubelet itself sees them, by their config hash and without their mirror pods.
   *
   * https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
   *
   * @throws {ApiFailure} for what goes wrong, in the kubelet's terms; the reason of the signal when that is aborted.
   */
  async list(take: (pod: unknown) => void, signal: AbortSignal): Promise<void> {
    try {
      await readPodList(this.#client.get({ path: '/pods', idle: IDLE, longest: LONGEST, signal }), take);
    } catch (error) {
      throw inTermsOfKubelet(asFailure(error));
    }
  }
}

/** The failure with what an operator can do about it. */
function inTermsOfKubelet(failure: ApiFailure): ApiFailure {
  const { reason, message, cause, isRefusal } = failure;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (reason === 'connection' && CERTIFICATE.test(code)) {
    const ways = 'let the cluster sign it (serverTLSBootstrap) or set --kubelet-insecure-tls';
    return new ApiFailure('certificate', `the kubelet's certificate is not accepted (${code}): ${ways}`, { cause });
  }
  if (reason === 'idle') return new ApiFailure(reason, 'the kubelet fell silent');
  if (reason === 'overdue') return new ApiFailure(reason, 'the kubelet took too long');
  if (reason !== 'http_403') return failure;
  return new ApiFailure(reason, `${message}: the right to get nodes/pods is missing`, { isRefusal });
}
