import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { credentialsFailure } from './failure.ts';
import type { ApiServer, Credentials } from './request.ts';
import { readAuthority, readToken, TOKEN_FILE } from './service-account.ts';

/** How the kubelet of this node is reached. */
export interface KubeletAccess {
  /** E.g. `https://192.0.2.1:10250`, without a slash at its end. */
  readonly url: string;
  /** Whether anybody may answer; our token is shown to whoever does. */
  readonly insecureTls: boolean;
  /** Path of a kubeconfig file; without it the service account of the pod that we run in is used. */
  readonly kubeconfig?: string;
  /** What stands before the paths of the service account's files. */
  readonly root?: string;
}

/** Where kubelets listen. */
const PORT = 10_250;

/**
 * The address of the kubelet: the one that was given, or that of the node.
 *
 * @throws {Error} one line, if there is none.
 */
export function kubeletUrl(given: string | undefined, nodeIp: string | undefined): string {
  if (given !== undefined) return given;
  if (nodeIp === undefined || nodeIp === '') {
    throw new Error('--pods=kubelet needs the address of the kubelet: set --kubelet-url or NODE_IP');
  }
  const family = isIP(nodeIp);
  if (family === 0) throw new Error(`NODE_IP: ${JSON.stringify(nodeIp)} is not an IP address`);
  return `https://${family === 6 ? `[${nodeIp}]` : nodeIp}:${PORT}`;
}

/** @throws {Error} one line, if there is nothing to show to the kubelet. */
export async function checkKubeletAccess({ kubeconfig, root = '' }: KubeletAccess): Promise<void> {
  if (kubeconfig !== undefined) {
    const { checkAccess } = await import('./api-server.ts');
    checkAccess({ kubeconfig });
  } else if (!existsSync(join('/', root, TOKEN_FILE))) {
    throw new Error(
      `--pods=kubelet finds no service account: ${TOKEN_FILE} does not exist and --kubeconfig is not given`,
    );
  }
}

/**
 * The kubelet, everything that is needed to be let in read anew: tokens and certificates are rotated. Each request
 * has a connection of its own, so that no certificate is trusted for longer than its authority.
 *
 * @throws {ApiFailure}
 */
export async function openKubelet(access: KubeletAccess): Promise<ApiServer> {
  try {
    const { headers, options } = await readCredentials(access);
    return { url: access.url, headers, options: { ...options, agent: false, rejectUnauthorized: !access.insecureTls } };
  } catch (error) {
    throw credentialsFailure('the kubelet', error);
  }
}

async function readCredentials({ kubeconfig, root, insecureTls }: KubeletAccess): Promise<Credentials> {
  if (kubeconfig !== undefined) {
    // The library costs memory that a service account does not need.
    const clusterAccess = await import('./api-server.ts');
    return clusterAccess.readCredentials(kubeconfig);
  }
  const headers = { Authorization: `Bearer ${await readToken(root)}` };
  return { headers, options: insecureTls ? {} : { ca: await readAuthority(root) } };
}
