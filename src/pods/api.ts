import { KubeConfig } from '@kubernetes/client-node';
import type { RequestOptions } from 'node:https';
import { ApiFailure } from './api-failure.ts';
import { ApiClient, type ApiServer } from './api-request.ts';
import { apiScope, type WantedPods } from './api-scope.ts';
import { type Clock, systemClock } from './clock.ts';
import { PodApi } from './pod-api.ts';
import { PodIndex } from './pod-index.ts';
import type { PodRecordOptions } from './pod-record.ts';
import { PodWatch } from './pod-watch.ts';
import type { PodLog } from './source.ts';

export interface ApiPodsOptions extends PodRecordOptions, WantedPods {
  /** Path of a kubeconfig file; without it the service account of the pod that we run in is used. */
  readonly kubeconfig?: string;
  /** What stands before the paths of the service account's files. */
  readonly root?: string;
  readonly log: PodLog;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/**
 * Pods of one node, or the pod that we run in, from the API server.
 *
 * @throws {Error} one line, if a name is missing or there is no way to the API server.
 */
export function openApiPods(options: ApiPodsOptions): PodWatch {
  const { podLabels, podAnnotations, nodeName = '', own, clock = systemClock, random = Math.random } = options;
  const scope = apiScope(options);
  if ('remedy' in scope) throw new Error(`--pods=api needs ${scope.of}: ${scope.remedy}`);
  loadConfig(options);
  return new PodWatch({
    api: new PodApi(new ApiClient(() => openServer(options), clock), scope, random),
    index: new PodIndex({ podLabels, podAnnotations, ...(own === undefined ? { nodeName } : {}) }),
    log: options.log,
    clock,
    random,
  });
}

/** Everything is read anew for each request: tokens, certificates and kubeconfig files are rotated. */
async function openServer(options: ApiPodsOptions): Promise<ApiServer> {
  try {
    const config = loadConfig(options);
    const request: RequestOptions = {};
    await config.applyToHTTPSOptions(request);
    return { url: config.getCurrentCluster()?.server ?? '', headers: trimmed(request.headers), options: request };
  } catch (error) {
    // The messages of what is called here may quote secrets; codes do not.
    const code = error instanceof Error && 'code' in error ? `: ${String(error.code)}` : '';
    throw new ApiFailure('credentials', `credentials for the API server cannot be read${code}`, {
      next: 'watch',
      cause: error,
    });
  }
}

/** Token files often end with a newline, which must not be in a header. */
function trimmed(headers: RequestOptions['headers'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value).trim()]));
}

function loadConfig({ kubeconfig, root }: ApiPodsOptions): KubeConfig {
  const config = new KubeConfig();
  if (kubeconfig === undefined) {
    if (!process.env['KUBERNETES_SERVICE_HOST']) {
      throw new Error(
        '--pods=api finds no cluster around it: KUBERNETES_SERVICE_HOST is not set and --kubeconfig is not given',
      );
    }
    config.loadFromCluster(root);
  } else {
    loadFile(config, kubeconfig);
  }
  // The library demands this for plain HTTP, where there is no TLS to be verified; kubectl does not.
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster,
  );
  return config;
}

function loadFile(config: KubeConfig, path: string): void {
  let cause = 'it has no current context with a cluster';
  try {
    config.loadFromFile(path);
    if (config.getCurrentCluster() !== null) return;
  } catch (error) {
    // A parser's message may quote a token.
    const system = error instanceof Error && 'syscall' in error ? error.message.split(', ')[0] : undefined;
    cause = system ?? 'it is not a valid kubeconfig';
  }
  throw new Error(`cannot use kubeconfig ${path}: ${cause}`);
}
