import { podName, type DownwardFacts } from '../downward.ts';

/** Of which pods there is to be an index. */
export interface WantedPods {
  readonly nodeName?: string;
  /** The pod that we run in, where no other is wanted. */
  readonly own?: DownwardFacts;
}

/** Which pods the API server is asked for. */
export interface ApiScope {
  readonly path: string;
  readonly fieldSelector: string;
}

/** A name without which the API server cannot be asked. */
export interface MissingName {
  readonly of: string;
  /** What gives it. */
  readonly remedy: string;
}

/**
 * Where to list and watch: the pods of the node, or our own pod alone, for which a Role in its namespace will do.
 *
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
 */
export function apiScope({ nodeName, own }: WantedPods): ApiScope | MissingName {
  if (own === undefined) {
    if (nodeName === undefined || nodeName === '') {
      return { of: 'the name of this node', remedy: 'set --node-name or NODE_NAME' };
    }
    return { path: '/api/v1/pods', fieldSelector: `spec.nodeName=${nodeName}` };
  }
  const named = podName(own);
  if (named === undefined) return { of: 'the name of this pod', remedy: 'set POD_NAMESPACE and POD_NAME' };
  const path = `/api/v1/namespaces/${encodeURIComponent(named.namespace)}/pods`;
  return { path, fieldSelector: `metadata.name=${named.name}` };
}
