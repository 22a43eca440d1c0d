import { createHash } from 'node:crypto';

import type { Amounts, ContainerPlan, PodPlan, VolumePlan } from './pod-plan.ts';
import { requestsOf } from './pod-plan.ts';
import type { PodState } from './pod-status.ts';
import { imageOf, podStatus, timestamp } from './pod-status.ts';

/** A pod as the API server's JSON has it, as far as this code looks into it. */
export interface PodObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion?: string;
    readonly [field: string]: unknown;
  };
  readonly spec: { readonly nodeName?: string; readonly [field: string]: unknown };
  readonly status: Readonly<Record<string, unknown>>;
}

/** The object that the API server shows for a pod of this plan in this state. */
export function podObject(plan: PodPlan, state: PodState): PodObject {
  const owner = plan.static === true ? { kind: 'Node', name: state.nodeName } : plan.owner;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: plan.namespace,
      name: plan.name,
      uid: state.uid,
      creationTimestamp: timestamp(state.createdAt),
      ...(plan.labels === undefined ? {} : { labels: plan.labels }),
      ...annotations(plan, state),
      ...(owner === undefined ? {} : { ownerReferences: ownerReferences(owner) }),
    },
    spec: {
      ...(plan.initContainers === undefined ? {} : { initContainers: plan.initContainers.map(containerSpec) }),
      containers: plan.containers.map(containerSpec),
      ...(plan.volumes === undefined ? {} : { volumes: plan.volumes.map(volumeSpec) }),
      ...(plan.hostNetwork === true ? { hostNetwork: true } : {}),
      nodeName: state.nodeName,
      restartPolicy: plan.state === 'completed' ? 'Never' : 'Always',
      serviceAccountName: 'default',
      terminationGracePeriodSeconds: 30,
      ...(plan.static === true
        ? { priority: 2_000_001_000, priorityClassName: 'system-node-critical' }
        : { priority: 0 }),
    },
    status: podStatus(plan, state),
  };
}

/** A UUID that is the same for the same text. */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

export interface MirrorMetadata extends Readonly<Record<string, unknown>> {
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly Readonly<Record<string, unknown>>[];
}

/** The metadata by which a mirror pod on `nodeName` represents the static pod whose UID is `hash`. */
export function mirrorMetadata(hash: string, nodeName = 'node1'): MirrorMetadata {
  return {
    annotations: { 'kubernetes.io/config.hash': hash, 'kubernetes.io/config.mirror': hash },
    ownerReferences: ownerReferences({ kind: 'Node', name: nodeName }),
  };
}

function annotations(plan: PodPlan, { configHash, createdAt }: PodState) {
  if (configHash === undefined) {
    return plan.annotations === undefined ? {} : { annotations: plan.annotations };
  }
  return {
    annotations: {
      ...plan.annotations,
      ...mirrorMetadata(configHash).annotations,
      'kubernetes.io/config.seen': createdAt.toISOString(),
      'kubernetes.io/config.source': 'file',
    },
  };
}

function ownerReferences(owner: { readonly kind: string; readonly name: string }) {
  const apiVersion = { Node: 'v1', Job: 'batch/v1' }[owner.kind] ?? 'apps/v1';
  const uid = uuidOf(`${owner.kind}/${owner.name}`);
  return [{ apiVersion, ...owner, uid, controller: true }];
}

function containerSpec(container: ContainerPlan) {
  const requests = quantities(requestsOf(container));
  const limits = quantities(container.limits ?? {});
  return {
    name: container.name,
    image: imageOf(container.name),
    imagePullPolicy: 'IfNotPresent',
    command: container.argv,
    resources: {
      ...(Object.keys(limits).length === 0 ? {} : { limits }),
      ...(Object.keys(requests).length === 0 ? {} : { requests }),
    },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  };
}

function volumeSpec({ name, claim }: VolumePlan) {
  return { name, persistentVolumeClaim: { claimName: claim } };
}

function quantities({ cpu, memory }: Amounts) {
  const mebibytes = (memory ?? 0) / 2 ** 20;
  return {
    ...(cpu === undefined ? {} : { cpu: `${Math.round(cpu * 1000)}m` }),
    ...(memory === undefined ? {} : { memory: Number.isInteger(mebibytes) ? `${mebibytes}Mi` : String(memory) }),
  };
}
