import { ApiFailure, asFailure } from '../../cluster/failure.ts';
import type { ApiClient } from '../../cluster/request.ts';
import { readPodList } from './pod-list.ts';

/** Milliseconds of silence after which a list is given up. The kubelet may have to ask the API server who we are. */
const IDLE = 30_000;

/** Milliseconds after which a list is given up, however it drips. */
const LONGEST = 120_000;

/** What node says when a certificate is not signed by the authority, is for another name, or is out of date. */
const CERTIFICATE = /^(?:ERR_TLS_CERT_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|HOSTNAME_)/;

/** More is not taken for a summary, in bytes; one of 110 pods has about half a megabyte. */
const LARGEST_SUMMARY = 64 * 1024 * 1024;

/** The questions that a kubelet is asked. */
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
      throw inTermsOfKubelet(asFailure(error), 'nodes/pods');
    }
  }

  /**
   * What the kubelet measured of its pods: the answer of `/stats/summary`, in JSON.
   *
   * https://pkg.go.dev/k8s.io/kubelet/pkg/apis/stats/v1alpha1#Summary
   *
   * @throws {ApiFailure} for what goes wrong, in the kubelet's terms; the reason of the signal when that is aborted.
   */
  async summary(signal: AbortSignal): Promise<unknown> {
    try {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of this.#client.get({ path: '/stats/summary', idle: IDLE, longest: LONGEST, signal })) {
        size += chunk.length;
        if (size > LARGEST_SUMMARY) throw new ApiFailure('bad_summary', 'the summary is too large');
        chunks.push(chunk);
      }
      return parseSummary(Buffer.concat(chunks).toString());
    } catch (error) {
      throw inTermsOfKubelet(asFailure(error), 'nodes/stats');
    }
  }
}

function parseSummary(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiFailure('bad_summary', 'the summary is not JSON', { cause: error });
  }
}

/** The failure with what an operator can do about it; `resource` is what there must be a right to get. */
function inTermsOfKubelet(failure: ApiFailure, resource: string): ApiFailure {
  const { reason, message, cause, isRefusal } = failure;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (reason === 'connection' && CERTIFICATE.test(code)) {
    const ways = 'let the cluster sign it (serverTLSBootstrap) or set --kubelet-insecure-tls';
    return new ApiFailure('certificate', `the kubelet's certificate is not accepted (${code}): ${ways}`, { cause });
  }
  if (reason === 'idle') return new ApiFailure(reason, 'the kubelet fell silent');
  if (reason === 'overdue') return new ApiFailure(reason, 'the kubelet took too long');
  if (reason !== 'http_403') return failure;
  return new ApiFailure(reason, `${message}: the right to get ${resource} is missing`, { isRefusal });
}
