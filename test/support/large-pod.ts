import type { PodObject } from './pod-object.ts';
import { uuidOf } from './pod-object.ts';

const NAMESPACES = 20;

/** A running pod of three containers whose JSON has `size` bytes, most of them variables and managed fields. */
export function largePod(number: number, nodeName: string, size: number): PodObject {
  const uid = uuidOf(`large ${number}`);
  const names = ['app', 'proxy', 'agent'];
  const env: object[] = [];
  const pod: PodObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: `team-${number % NAMESPACES}`, name: `large-${number}`, uid, managedFields: env },
    spec: { nodeName, containers: names.map((name) => ({ name, image: `registry.local/${name}:1`, ...resources })) },
    status: { phase: 'Running', qosClass: 'Burstable', containerStatuses: names.map((name) => status(name, uid)) },
  };
  const begun = JSON.stringify(pod).length;
  for (let length = begun, field = 0; length < size; field++) {
    const entry = {
      name: `VARIABLE_${number}_${field}`,
      value: `a "value" of ${number} with {brackets} ${'.'.repeat(99)}`,
    };
    env.push(entry);
    length += JSON.stringify(entry).length + 1;
  }
  return pod;
}

const resources = { resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } } };

function status(name: string, uid: string) {
  return {
    name,
    image: `registry.local/${name}:1`,
    imageID: `registry.local/${name}@sha256:${'0123456789abcdef'.repeat(4)}`,
    containerID: `containerd://${Buffer.from(`${name}${uid}`).toString('hex').padEnd(64, '0').slice(0, 64)}`,
    restartCount: 0,
    state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
  };
}
