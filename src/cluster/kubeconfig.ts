import { dirname, resolve } from 'node:path';
import { field, list, text } from '../base/untrusted-json.ts';

/**
 * Maps the users of a kubeconfig to the absolute paths of their token files. Relative paths are relative to the
 * directory of the kubeconfig. `content` is the content of the file at `path`.
 *
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#AuthInfo
 *
 * @throws if `content` is not YAML.
 */
export async function parseTokenFiles(content: string, path: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  // Saves the memory of the YAML parser, which few kubeconfigs need.
  if (!content.includes('tokenFile')) return files;
  const { parse } = await import('yaml');
  for (const entry of list(field(parse(content, { logLevel: 'silent' }), 'users'))) {
    const name = text(field(entry, 'name'));
    const file = text(field(field(entry, 'user'), 'tokenFile'));
    if (name !== undefined && file !== undefined) files.set(name, resolve(dirname(path), file));
  }
  return files;
}
