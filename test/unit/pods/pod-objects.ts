import type { PodObject } from '../../support/pod-object.ts';

/** Pod objects as the API server returns them. */

export const OPTIONS = { podLabels: [], podAnnotations: [] } as const;

/** JSON null, as Go encodes nil. */
export const NULL: unknown = JSON.parse('null');

type Fields = Readonly<Record<string, unknown>>;

/** Returns the pod `name` on the node `node1`; `fields` override its own. */
export function podObject(name: string, fields: { metadata?: Fields; spec?: Fields; status?: Fields } = {}): PodObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: '7', ...fields.metadata },
    spec: { nodeName: 'node1', containers: [{ name: 'main', image: 'registry.local/bb:1' }], ...fields.spec },
    status: { phase: 'Running', ...fields.status },
  };
}

/** Returns a pod status in which the container `main` has `status`. */
export function mainStatus(status: Fields): Fields {
  return { containerStatuses: [{ name: 'main', ...status }] };
}
