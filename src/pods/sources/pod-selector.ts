import { namespacedName, type DownwardApiFields } from '../downward-api.ts';

/** Of which pods there is to be an index. */
export interface PodSelectorOptions {
  readonly nodeName?: string;
  /** The pod that we run in, where no other is wanted. */
  readonly ownPod?: DownwardApiFields;
}

/** Which pods the API server is asked for. */
export interface PodSelector {
  readonly path: string;
  readonly fieldSelector: string;
}

/** A name without which the API server cannot be asked. */
export interface MissingSetting {
  readonly setting: string;
  /** What gives it. */
  readonly remedy: string;
}

/**
 * Where to list and watch: the pods of the node, or our own pod alone, for which a Role in its namespace will do.
 *
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
 */
export function podSelector({ nodeName, ownPod }: PodSelectorOptions): PodSelector | MissingSetting {
  if (ownPod === undefined) {
    if (nodeName === undefined || nodeName === '') {
      return { setting: 'the name of this node', remedy: 'set --node-name or NODE_NAME' };
    }
    return { path: '/api/v1/pods', fieldSelector: `spec.nodeName=${nodeName}` };
  }
  const named = namespacedName(ownPod);
  if (named === undefined) return { setting: 'the name of this pod', remedy: 'set POD_NAMESPACE and POD_NAME' };
  const path = `/api/v1/namespaces/${encodeURIComponent(named.namespace)}/pods`;
  return { path, fieldSelector: `metadata.name=${named.name}` };
}
