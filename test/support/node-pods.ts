import { join } from 'node:path';

import { podAddress } from './network.ts';
import type { ContainerPlan, PodPlan } from './pod-plan.ts';
import {
  burnAll,
  burnSome,
  eatMemory,
  eatMemoryInChild,
  holdMemory,
  idle,
  readFile,
  sendTraffic,
  serveTraffic,
  severalProcesses,
  writeFile,
} from './workloads.ts';

const MEBIBYTE = 2 ** 20;

/** What the pods of a stand-in node depend on. */
export interface NodePodsOptions {
  /** Where the writing pod has its file; on a disk if I/O has to be visible. */
  readonly folder: string;
  /** Seconds between two OOM kills of one container. */
  readonly oomPeriod: number;
}

/**
 * The pods of a stand-in node, one of each kind that an exporter must get right, in four namespaces.
 * The n-th has the address `podAddress(n)`, which the client uses for the two web pods.
 */
export function nodePods(options: NodePodsOptions): readonly PodPlan[] {
  return [...shopPods(options), ...batchPods(options), ...systemPods(), ...otherPods()];
}

function shopPods({ folder }: NodePodsOptions): readonly PodPlan[] {
  const namespace = 'shop';
  const file = join(folder, 'data');
  return [
    webPod('x2kqp'),
    webPod('m8tzr'),
    {
      namespace,
      name: 'client',
      containers: [
        {
          name: 'client',
          argv: sendTraffic([podAddress(0), podAddress(1)]),
          requests: { memory: 64 * MEBIBYTE },
        },
      ],
    },
    {
      namespace,
      name: 'cart-0',
      labels: { app: 'cart', 'statefulset.kubernetes.io/pod-name': 'cart-0' },
      owner: { kind: 'StatefulSet', name: 'cart' },
      containers: [
        {
          name: 'redis',
          argv: holdMemory(48 * MEBIBYTE),
          limits: { cpu: 0.5, memory: 128 * MEBIBYTE },
        },
      ],
      volumes: [{ name: 'data', claim: 'data-cart-0', sizeMebibytes: 64, usedMebibytes: 58, growthKibibytes: 1 }],
    },
    {
      namespace,
      name: 'multi',
      annotations: { note: 'three containers and one that ran before them' },
      initContainers: [{ name: 'setup', argv: ['true'] }],
      containers: [
        {
          name: 'writer',
          argv: writeFile(file),
          requests: { cpu: 0.02, memory: 16 * MEBIBYTE },
          limits: { memory: 128 * MEBIBYTE },
        },
        { name: 'reader', argv: readFile(file), requests: { cpu: 0.01 } },
        { name: 'idle', argv: idle() },
      ],
      volumes: [{ name: 'files', claim: 'files', sizeMebibytes: 32, usedMebibytes: 8 }],
    },
  ];
}

function webPod(suffix: string): PodPlan {
  const hash = '7c9d8f6b54';
  return {
    namespace: 'shop',
    name: `web-${hash}-${suffix}`,
    labels: { app: 'web', 'app.kubernetes.io/name': 'web', 'pod-template-hash': hash },
    owner: { kind: 'ReplicaSet', name: `web-${hash}` },
    containers: [
      {
        name: 'web',
        argv: serveTraffic(),
        requests: { cpu: 0.05, memory: 64 * MEBIBYTE },
        limits: { memory: 256 * MEBIBYTE },
      },
    ],
  };
}

function batchPods({ oomPeriod }: NodePodsOptions): readonly PodPlan[] {
  const namespace = 'batch';
  const small = { memory: 24 * MEBIBYTE };
  const job = (name: string, container: ContainerPlan): PodPlan => ({
    namespace,
    name: `${name}-hh2sj`,
    labels: { 'batch.kubernetes.io/job-name': name },
    owner: { kind: 'Job', name },
    containers: [container],
  });
  return [
    job('burn', { name: 'burn', argv: burnSome(), requests: { cpu: 0.1 } }),
    { ...job('done', { name: 'report', argv: ['true'] }), state: 'completed' },
    {
      namespace,
      name: 'throttled',
      // So little that it is throttled even on a node with other busy processes.
      containers: [{ name: 'busy', argv: burnAll(), requests: { cpu: 0.02 }, limits: { cpu: 0.02, ...small } }],
      volumes: [{ name: 'scratch', claim: 'scratch', sizeMebibytes: 16, usedMebibytes: 4 }],
    },
    {
      namespace,
      name: 'oom',
      containers: [{ name: 'eater', argv: eatMemory(oomPeriod), limits: small }],
    },
    {
      namespace,
      name: 'oom-child',
      containers: [{ name: 'worker', argv: eatMemoryInChild(oomPeriod), limits: small }],
    },
    {
      namespace,
      name: 'imagemissing',
      state: 'imageMissing',
      containers: [{ name: 'nope', argv: idle() }],
    },
  ];
}

function systemPods(): readonly PodPlan[] {
  const namespace = 'kube-system';
  const agent = { name: 'agent', argv: idle(), requests: { cpu: 0.01, memory: 8 * MEBIBYTE } };
  const daemon = {
    namespace,
    labels: { app: 'agent', 'controller-revision-hash': '5d8c7f9b6', 'pod-template-generation': '1' },
    owner: { kind: 'DaemonSet', name: 'agent' },
    hostNetwork: true,
    containers: [agent],
  };
  return [
    { ...daemon, name: 'agent-w8hdz' },
    { ...daemon, name: 'agent-29tvm', state: 'elsewhere' },
    {
      namespace,
      name: 'proxy-standin',
      static: true,
      labels: { tier: 'node' },
      containers: [{ ...agent, name: 'proxy', limits: { cpu: 0.25, memory: 64 * MEBIBYTE } }],
    },
  ];
}

function otherPods(): readonly PodPlan[] {
  return [
    {
      namespace: 'default',
      name: 'processes-with-a-rather-long-name-to-see-what-becomes-of-it-0',
      containers: [{ name: 'forks', argv: severalProcesses(8) }],
    },
    {
      namespace: 'default',
      name: 'unknown',
      unknown: true,
      containers: [{ name: 'c', argv: idle() }],
    },
  ];
}

/** Pods that cost as little as pods can: every container sleeps. */
export function sleepingPods(pods: number, containersPerPod: number): readonly PodPlan[] {
  const containers = Array.from({ length: containersPerPod }, (_, index) => ({
    name: `c${index}`,
    argv: idle(),
    requests: { cpu: 0.01, memory: 8 * MEBIBYTE },
    limits: { cpu: 1, memory: 64 * MEBIBYTE },
  }));
  return Array.from({ length: pods }, (_, index) => ({
    namespace: `team-${index % 7}`,
    name: `sleeper-6b8d9c7f5d-${index.toString(36).padStart(5, '0')}`,
    labels: { app: 'sleeper', 'pod-template-hash': '6b8d9c7f5d' },
    owner: { kind: 'ReplicaSet', name: 'sleeper-6b8d9c7f5d' },
    containers,
  }));
}
