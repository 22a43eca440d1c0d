import { namespacedName, type DownwardApiFields } from '../downward-api.ts';

/** Which pods to index. */
export interface PodSelectorOptions {
  readonly nodeName?: string;
  /** Set with `--scope=pod`: selects only the exporter's own pod. */
  readonly ownPod?: DownwardApiFields;
}

/** Path and field selector of list and watch requests. */
export interface PodSelector {
  readonly path: string;
  readonly fieldSelector: string;
}

/** A setting that the selector requires. */
export interface MissingSetting {
  readonly setting: string;
  /** How to set it. */
  readonly remedy: string;
}

/**
 * Selects the pods of the node, or only the exporter's own pod. The latter requires no more than a Role in its namespace.
 *
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
 */
export function podSelector({ nodeName, ownPod }: PodSelectorOptions): PodSelector | MissingSetting {
  if (ownPod === undefined) {
    if (nodeName === undefined || nodeName === '') {
      return { setting: 'node name', remedy: 'set --node-name or NODE_NAME' };
    }
    return { path: '/api/v1/pods', fieldSelector: `spec.nodeName=${nodeName}` };
  }
  const named = namespacedName(ownPod);
  if (named === undefined) return { setting: 'pod name', remedy: 'set POD_NAMESPACE and POD_NAME' };
  const path = `/api/v1/namespaces/${encodeURIComponent(named.namespace)}/pods`;
  return { path, fieldSelector: `metadata.name=${named.name}` };
}
