import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { resolveWorkload } from '../../../../src/pods/records/workload.ts';
import { NULL } from '../pod-objects.ts';

interface Case {
  readonly what: string;
  readonly owners: unknown;
  readonly labels?: unknown;
  readonly expected: { readonly kind: string; readonly name: string } | undefined;
}

function controller(kind: string, name: string): object {
  return { apiVersion: 'v1', kind, name, uid: 'u', controller: true };
}

const CASES: readonly Case[] = [
  {
    what: 'a pod of a Deployment',
    owners: [controller('ReplicaSet', 'web-fd877bfd7')],
    labels: { 'pod-template-hash': 'fd877bfd7' },
    expected: { kind: 'Deployment', name: 'web' },
  },
  {
    what: 'a Deployment with dashes and digits in its name',
    owners: [controller('ReplicaSet', 'web-2-abc-6f7d')],
    labels: { 'pod-template-hash': '6f7d' },
    expected: { kind: 'Deployment', name: 'web-2-abc' },
  },
  {
    what: 'a ReplicaSet whose name does not end in the pod-template-hash',
    owners: [controller('ReplicaSet', 'web-abc')],
    labels: { 'pod-template-hash': 'fd877bfd7' },
    expected: { kind: 'ReplicaSet', name: 'web-abc' },
  },
  {
    what: 'a ReplicaSet without a hash',
    owners: [controller('ReplicaSet', 'web-fd877bfd7')],
    expected: { kind: 'ReplicaSet', name: 'web-fd877bfd7' },
  },
  {
    what: 'a ReplicaSet whose name is only the hash',
    owners: [controller('ReplicaSet', '-fd877bfd7')],
    labels: { 'pod-template-hash': 'fd877bfd7' },
    expected: { kind: 'ReplicaSet', name: '-fd877bfd7' },
  },
  {
    what: 'a scheduled job',
    owners: [controller('Job', 'backup-29384520')],
    labels: { 'batch.kubernetes.io/job-name': 'backup-29384520' },
    expected: { kind: 'CronJob', name: 'backup' },
  },
  {
    what: 'a scheduled job with the legacy label and suffix',
    owners: [controller('Job', 'night-run-1636347600')],
    labels: { 'job-name': 'night-run-1636347600' },
    expected: { kind: 'CronJob', name: 'night-run' },
  },
  {
    what: 'a job with a short numeric suffix',
    owners: [controller('Job', 'step-2')],
    labels: { 'job-name': 'step-2' },
    expected: { kind: 'Job', name: 'step-2' },
  },
  {
    what: 'a job whose pod has another label',
    owners: [controller('Job', 'backup-29384520')],
    labels: { 'job-name': 'other' },
    expected: { kind: 'Job', name: 'backup-29384520' },
  },
  {
    what: 'a StatefulSet',
    owners: [controller('StatefulSet', 'db')],
    expected: { kind: 'StatefulSet', name: 'db' },
  },
  { what: 'a DaemonSet', owners: [controller('DaemonSet', 'ds')], expected: { kind: 'DaemonSet', name: 'ds' } },
  { what: 'a static pod', owners: [controller('Node', 'node1')], expected: { kind: 'Node', name: 'node1' } },
  { what: 'a custom kind', owners: [controller('Rollout', 'web')], expected: { kind: 'Rollout', name: 'web' } },
  {
    what: 'the controller among several owners',
    owners: [{ kind: 'ConfigMap', name: 'x' }, controller('Kafka', 'main')],
    expected: { kind: 'Kafka', name: 'main' },
  },
  { what: 'an owner that is not a controller', owners: [{ kind: 'Pod', name: 'x' }], expected: undefined },
  { what: 'no owner', owners: undefined, expected: undefined },
  { what: 'owners of the wrong type', owners: { 0: controller('Job', 'x') }, expected: undefined },
  { what: 'invalid owners', owners: [NULL, 3, { controller: true, kind: 7, name: [] }], expected: undefined },
  {
    what: 'invalid labels',
    owners: [controller('ReplicaSet', 'web-1')],
    labels: { 'pod-template-hash': 1 },
    expected: { kind: 'ReplicaSet', name: 'web-1' },
  },
];

for (const { what, owners, labels, expected } of CASES) {
  test(`workload of ${what}`, () => {
    assert.deepEqual(resolveWorkload({ ownerReferences: owners, labels }), expected);
  });
}
