import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { credentialsFailure } from './failure.ts';
import type { ServerConfig, Credentials } from './api-client.ts';
import { readCaBundle, readToken, TOKEN_FILE } from './service-account.ts';

/** How to reach the kubelet of this node and authenticate to it. */
export interface KubeletAccess {
  /** Without a trailing slash, e.g. `https://192.0.2.1:10250`. */
  readonly url: string;
  /** Skips verification of the serving certificate: the token goes to any server at that address. */
  readonly insecureTls: boolean;
  /** Path of a kubeconfig file. Defaults to the service account of the exporter's pod. */
  readonly kubeconfig?: string;
  /** Directory that is the root of the service account paths; `/` by default. */
  readonly root?: string;
}

const KUBELET_PORT = 10_250;

/**
 * Returns `configuredUrl`, or the URL of the default port on `nodeIp`.
 *
 * @throws {Error} one line, if both are missing or `nodeIp` is not an IP address.
 */
export function resolveKubeletUrl(configuredUrl: string | undefined, nodeIp: string | undefined): string {
  if (configuredUrl !== undefined) return configuredUrl;
  if (nodeIp === undefined || nodeIp === '') {
    throw new Error('--pods=kubelet requires the address of the kubelet: set --kubelet-url or NODE_IP');
  }
  const family = isIP(nodeIp);
  if (family === 0) throw new Error(`NODE_IP: ${JSON.stringify(nodeIp)} is not an IP address`);
  return `https://${family === 6 ? `[${nodeIp}]` : nodeIp}:${KUBELET_PORT}`;
}

/** @throws {Error} one line, if no credentials for the kubelet exist. */
export async function checkKubeletAccess({ kubeconfig, root = '' }: KubeletAccess): Promise<void> {
  if (kubeconfig !== undefined) {
    const { checkClusterAccess } = await import('./api-server.ts');
    checkClusterAccess({ kubeconfig });
  } else if (!existsSync(join('/', root, TOKEN_FILE))) {
    throw new Error(`--pods=kubelet requires a service account or --kubeconfig: ${TOKEN_FILE} does not exist`);
  }
}

/**
 * Loads URL and credentials of the kubelet. Every call reads the files: tokens and certificates are rotated. Requests
 * share no connection, so that a rotated CA bundle applies to the next request.
 *
 * @throws {ApiFailure}
 */
export async function loadKubeletConfig(access: KubeletAccess): Promise<ServerConfig> {
  try {
    const { headers, options } = await loadCredentials(access);
    return { url: access.url, headers, options: { ...options, agent: false, rejectUnauthorized: !access.insecureTls } };
  } catch (error) {
    throw credentialsFailure('the kubelet', error);
  }
}

async function loadCredentials({ kubeconfig, root, insecureTls }: KubeletAccess): Promise<Credentials> {
  if (kubeconfig !== undefined) {
    // Saves the memory of the client library where a service account is enough.
    const clusterAccess = await import('./api-server.ts');
    return clusterAccess.loadKubeconfigCredentials(kubeconfig);
  }
  const headers = { Authorization: `Bearer ${await readToken(root)}` };
  return { headers, options: insecureTls ? {} : { ca: await readCaBundle(root) } };
}
