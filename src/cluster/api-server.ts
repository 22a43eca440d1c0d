import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { credentialsFailure } from './failure.ts';
import type { ApiServer, Credentials } from './request.ts';
import { tokenFiles } from './kubeconfig.ts';

/** Where the way to the cluster is described. */
export interface ClusterAccess {
  /** Path of a kubeconfig file; without it the service account of the pod that we run in is used. */
  readonly kubeconfig?: string;
  /** What stands before the paths of the service account's files. */
  readonly root?: string;
}

/** @throws {Error} one line, if there is no way to the API server. */
export function checkAccess(access: ClusterAccess): void {
  loadConfig(access);
}

/**
 * The API server, everything read anew: tokens, certificates and kubeconfig files are rotated.
 *
 * @throws {ApiFailure}
 */
export async function openApiServer(access: ClusterAccess): Promise<ApiServer> {
  try {
    const { config, request } = await openConfig(access);
    return { url: config.getCurrentCluster()?.server ?? '', headers: trimmed(request.headers), options: request };
  } catch (error) {
    throw credentialsFailure('the API server', error);
  }
}

/**
 * What a kubeconfig's user shows to any server of the cluster, and the authority by which such a server is known.
 * What the file says of the API server alone is left out: its name, its proxy, and that it need not be verified.
 *
 * @throws if the file cannot be used.
 */
export async function readCredentials(kubeconfig: string): Promise<Credentials> {
  const { request } = await openConfig({ kubeconfig });
  const { ca, cert, key, pfx, passphrase } = request;
  return { headers: trimmed(request.headers), options: { ca, cert, key, pfx, passphrase } };
}

async function openConfig(access: ClusterAccess): Promise<{ config: KubeConfig; request: RequestOptions }> {
  const config = loadConfig(access);
  if (access.kubeconfig !== undefined) await useTokenFiles(config, access.kubeconfig);
  const request: RequestOptions = {};
  await config.applyToHTTPSOptions(request);
  return { config, request };
}

/** The library overlooks `tokenFile`, which goes before `token`. */
async function useTokenFiles(config: KubeConfig, kubeconfig: string): Promise<void> {
  const files = await tokenFiles(readFileSync(kubeconfig, 'utf8'), kubeconfig);
  config.users = config.users.map(({ token, ...user }) => {
    const tokenFile = files.get(user.name);
    if (tokenFile !== undefined) return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile } } };
    return token === undefined ? user : { ...user, token };
  });
}

/** Token files often end with a newline, which must not be in a header. */
function trimmed(headers: RequestOptions['headers'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value).trim()]));
}

function loadConfig({ kubeconfig, root }: ClusterAccess): KubeConfig {
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
