import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { systemReason } from '../base/error-code.ts';
import { credentialsFailure } from './failure.ts';
import type { ServerConfig, Credentials } from './api-client.ts';
import { parseTokenFiles } from './kubeconfig.ts';

/** How to reach the API server and authenticate to it. */
export interface ClusterAccess {
  /** Path of a kubeconfig file. Defaults to the service account of the exporter's pod. */
  readonly kubeconfig?: string;
  /** Directory that is the root of the service account paths; `/` by default. */
  readonly root?: string;
  /** The flag that requires the access, for error messages; `--pods=api` by default. */
  readonly requiredBy?: string;
}

/** @throws {Error} one line, if neither a usable kubeconfig nor an in-cluster configuration exists. */
export function checkClusterAccess(access: ClusterAccess): void {
  loadKubeConfig(access);
}

/**
 * Loads URL and credentials of the API server. Every call reads the files: tokens, certificates and kubeconfig files
 * are rotated.
 *
 * @throws {ApiFailure}
 */
export async function loadApiServerConfig(access: ClusterAccess): Promise<ServerConfig> {
  try {
    const { config, request } = await loadHttpsOptions(access);
    return { url: config.getCurrentCluster()?.server ?? '', headers: trimHeaders(request.headers), options: request };
  } catch (error) {
    throw credentialsFailure('the API server', error);
  }
}

/**
 * Loads the credentials of the kubeconfig's user and the CA bundle of its cluster. Settings that apply only to the
 * API server are excluded: `tls-server-name`, `proxy-url` and `insecure-skip-tls-verify`.
 *
 * @throws if the file is not a usable kubeconfig.
 */
export async function loadKubeconfigCredentials(kubeconfig: string): Promise<Credentials> {
  const { request } = await loadHttpsOptions({ kubeconfig });
  const { ca, cert, key, pfx, passphrase } = request;
  return { headers: trimHeaders(request.headers), options: { ca, cert, key, pfx, passphrase } };
}

async function loadHttpsOptions(access: ClusterAccess): Promise<{ config: KubeConfig; request: RequestOptions }> {
  const config = loadKubeConfig(access);
  if (access.kubeconfig !== undefined) await applyTokenFiles(config, access.kubeconfig);
  const request: RequestOptions = {};
  await config.applyToHTTPSOptions(request);
  return { config, request };
}

/** The library ignores `tokenFile`, which takes precedence over `token`. */
async function applyTokenFiles(config: KubeConfig, kubeconfig: string): Promise<void> {
  const files = await parseTokenFiles(readFileSync(kubeconfig, 'utf8'), kubeconfig);
  config.users = config.users.map(({ token, ...user }) => {
    const tokenFile = files.get(user.name);
    if (tokenFile !== undefined) return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile } } };
    return token === undefined ? user : { ...user, token };
  });
}

/** Token files often end with a newline, which is not allowed in a header. */
function trimHeaders(headers: RequestOptions['headers'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value).trim()]));
}

function loadKubeConfig({ kubeconfig, root, requiredBy = '--pods=api' }: ClusterAccess): KubeConfig {
  const config = new KubeConfig();
  if (kubeconfig === undefined) {
    if (!process.env['KUBERNETES_SERVICE_HOST']) {
      const missing = 'in-cluster credentials or --kubeconfig: KUBERNETES_SERVICE_HOST is not set';
      throw new Error(`${requiredBy} requires ${missing}`);
    }
    config.loadFromCluster(root);
  } else {
    loadKubeConfigFile(config, kubeconfig);
  }
  // The library rejects plain HTTP without skipTLSVerify; kubectl accepts it.
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster,
  );
  return config;
}

function loadKubeConfigFile(config: KubeConfig, path: string): void {
  let cause = 'no current context with a cluster';
  try {
    config.loadFromFile(path);
    if (config.getCurrentCluster() !== null) return;
  } catch (error) {
    // The message of a parser may quote a token.
    cause = systemReason(error) ?? 'not a valid kubeconfig';
  }
  throw new Error(`cannot use kubeconfig ${path}: ${cause}`);
}
