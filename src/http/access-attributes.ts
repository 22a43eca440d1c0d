import type { AccessAttributes } from '../cluster/access-reviews.ts';
import type { EndpointDescription } from '../views/endpoint.ts';

/** Returns what the API server decides about for a request. */
export type AttributesOf = (method: string, path: string) => AccessAttributes;

/**
 * As the kubelet maps its own endpoints: `get` on the subresource `metrics` or `stats` of this node, and `proxy` for
 * paths that do not exist.
 */
export function nodeAttributes(endpoints: readonly EndpointDescription[], nodeName: string): AttributesOf {
  const subresources = new Map(endpoints.map(({ path, nodeSubresource = 'metrics' }) => [path, nodeSubresource]));
  return (method, path) => ({
    resourceAttributes: {
      verb: verbOf(method),
      version: 'v1',
      resource: 'nodes',
      // The router ignores case and a slash at the end.
      subresource: subresources.get(path.toLowerCase().replace(/(?<=.)\/$/, '')) ?? 'proxy',
      name: nodeName,
    },
  });
}

/** The path itself, as for `nonResourceURLs` of a ClusterRole. */
export const pathAttributes: AttributesOf = (method, path) => ({
  nonResourceAttributes: { verb: verbOf(method), path },
});

function verbOf(method: string): string {
  return method === 'POST' ? 'create' : 'get';
}
