import { dirname, resolve } from 'node:path';
import { field, list, text } from '../base/untrusted-json.ts';

/**
 * The files from which users of a kubeconfig take their tokens, by the user's name. They are relative to the
 * kubeconfig's folder. `content` is that of the kubeconfig at `path`.
 *
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#AuthInfo
 *
 * @throws if it is not YAML.
 */
export async function tokenFiles(content: string, path: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  // The parser costs memory, and few files need it.
  if (!content.includes('tokenFile')) return files;
  const { parse } = await import('yaml');
  for (const entry of list(field(parse(content, { logLevel: 'silent' }), 'users'))) {
    const name = text(field(entry, 'name'));
    const file = text(field(field(entry, 'user'), 'tokenFile'));
    if (name !== undefined && file !== undefined) files.set(name, resolve(dirname(path), file));
  }
  return files;
}
