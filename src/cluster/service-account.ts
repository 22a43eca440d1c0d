import { promises as fs } from 'node:fs';
import { join } from 'node:path';

/**
 * Where a pod finds the credentials of its service account.
 *
 * https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 */
const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The token, which the kubelet renews long before it expires. */
export const TOKEN_FILE = `${FOLDER}/token`;

/** The certificates of the authorities that the cluster trusts, in PEM. */
const AUTHORITY_FILE = `${FOLDER}/ca.crt`;

/** The token as it is now. `root` stands before the path. @throws the error of the file system. */
export async function readToken(root = ''): Promise<string> {
  return (await fs.readFile(join('/', root, TOKEN_FILE), 'utf8')).trim();
}

/** The authorities as they are now. `root` stands before the path. @throws the error of the file system. */
export function readAuthority(root = ''): Promise<string> {
  return fs.readFile(join('/', root, AUTHORITY_FILE), 'utf8');
}
