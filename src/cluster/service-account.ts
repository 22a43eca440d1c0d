import { promises as fs } from 'node:fs';
import { join } from 'node:path';

/**
 * Mount point of the service account volume.
 *
 * https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 */
const DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The token. The kubelet rotates it before it expires. */
export const TOKEN_FILE = `${DIRECTORY}/token`;

/** The cluster's CA bundle in PEM. */
const CA_FILE = `${DIRECTORY}/ca.crt`;

/** Reads the current token. `root` is prepended to the path. @throws the error of the file system. */
export async function readToken(root = ''): Promise<string> {
  return (await fs.readFile(join('/', root, TOKEN_FILE), 'utf8')).trim();
}

/** Reads the current CA bundle. `root` is prepended to the path. @throws the error of the file system. */
export function readCaBundle(root = ''): Promise<string> {
  return fs.readFile(join('/', root, CA_FILE), 'utf8');
}
