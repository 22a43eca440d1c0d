import type { PodObject } from '../../support/pod-object.ts';

/** Pods as the API server writes them, as far as a test needs them. */

export const OPTIONS = { podLabels: [], podAnnotations: [] } as const;

/** What stands in JSON where Go had nothing to write. */
export const NULL: unknown = JSON.parse('null');

type Fields = Readonly<Record<string, unknown>>;

/** A pod named `name` on the node `node1`; fields given replace its own. */
export function podObject(name: string, fields: { metadata?: Fields; spec?: Fields; status?: Fields } = {}): PodObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: '7', ...fields.metadata },
    spec: { nodeName: 'node1', containers: [{ name: 'main', image: 'registry.local/bb:1' }], ...fields.spec },
    status: { phase: 'Running', ...fields.status },
  };
}

/** Container statuses of a pod whose container `main` has this status. */
export function mainStatus(status: Fields): Fields {
  return { containerStatuses: [{ name: 'main', ...status }] };
}
