import { errorCode } from '../../base/error-code.ts';
import { ApiFailure, isCertificateError, toApiFailure } from '../../cluster/failure.ts';
import type { ApiClient } from '../../cluster/api-client.ts';
import { readPodList } from './pod-list.ts';

/** Generous because the kubelet may send a TokenReview to the API server first. */
const IDLE_TIMEOUT_MS = 30_000;
const TIMEOUT_MS = 120_000;

/** The summary of 110 pods has about 0.5 MB. */
const MAX_SUMMARY_BYTES = 64 * 1024 * 1024;

/** Lists the pods of a kubelet and gets its stats summary. */
export class KubeletApi {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /**
   * Passes each pod of the kubelet to `onPod`. Pods from the API server have the status that the API server last
   * sent. Static pods have the kubelet's own status and their config hash as UID; their mirror pods are excluded.
   *
   * https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
   *
   * @throws {ApiFailure} with a message for the operator of a kubelet, or the reason of the aborted signal.
   */
  async list(onPod: (pod: unknown) => void, signal: AbortSignal): Promise<void> {
    try {
      await readPodList(this.#get('/pods', signal), onPod);
    } catch (error) {
      throw toKubeletFailure(toApiFailure(error), 'nodes/pods');
    }
  }

  /**
   * Gets the kubelet's statistics of its pods, the parsed JSON of `/stats/summary`.
   *
   * https://pkg.go.dev/k8s.io/kubelet/pkg/apis/stats/v1alpha1#Summary
   *
   * @throws {ApiFailure} with a message for the operator of a kubelet, or the reason of the aborted signal.
   */
  async summary(signal: AbortSignal): Promise<unknown> {
    try {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of this.#get('/stats/summary', signal)) {
        size += chunk.length;
        if (size > MAX_SUMMARY_BYTES) throw new ApiFailure('bad_summary', 'the summary is too large');
        chunks.push(chunk);
      }
      return parseSummary(Buffer.concat(chunks).toString());
    } catch (error) {
      throw toKubeletFailure(toApiFailure(error), 'nodes/stats');
    }
  }

  #get(path: string, signal: AbortSignal): AsyncIterable<Buffer> {
    return this.#client.get({ path, idleTimeoutMs: IDLE_TIMEOUT_MS, timeoutMs: TIMEOUT_MS, signal });
  }
}

function parseSummary(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiFailure('bad_summary', 'the summary is not JSON', { cause: error });
  }
}

/** Adds the remedy to the message. `resource` is the RBAC resource that the request requires permission to get. */
function toKubeletFailure(failure: ApiFailure, resource: string): ApiFailure {
  const { reason, message, cause, isUnauthorized } = failure;
  if (isCertificateError(failure)) {
    const code = errorCode(cause);
    const remedy = 'enable serverTLSBootstrap in the kubelet or set --kubelet-insecure-tls';
    return new ApiFailure('certificate', `cannot verify the kubelet certificate (${code}): ${remedy}`, { cause });
  }
  if (reason === 'idle') return new ApiFailure(reason, 'kubelet request timed out: no data received');
  if (reason === 'overdue') return new ApiFailure(reason, 'kubelet request timed out');
  if (reason !== 'http_403') return failure;
  return new ApiFailure(reason, `${message}: no permission to get ${resource}`, { isUnauthorized });
}
