import { createHash } from 'node:crypto';

import type { ContainerPlan, PodPlan } from './pod-plan.ts';
import { qosOf } from './pod-plan.ts';

/** How a container fares. */
export interface ContainerState {
  /** 64 hex digits; absent before the first start. */
  readonly id?: string;
  readonly restarts: number;
  readonly startedAt?: Date;
  /** How the run before this one ended. */
  readonly last?: EndedRun;
}

/** One run of a container that is over. */
export interface EndedRun {
  readonly id: string;
  readonly reason: string;
  readonly exitCode: number;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/** What is true of a pod besides its plan. */
export interface PodState {
  readonly uid: string;
  /** Of a static pod only. */
  readonly configHash: string | undefined;
  readonly nodeName: string;
  /** Absent with the host's network. */
  readonly podIp: string | undefined;
  readonly createdAt: Date;
  /** By container name. */
  readonly containers: ReadonlyMap<string, ContainerState>;
}

const HOST_IP = '10.200.0.1';
const CONDITIONS = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];

/** The `status` that the kubelet reports for a pod of this plan in this state. */
export function podStatus(plan: PodPlan, state: PodState): Readonly<Record<string, unknown>> {
  const podIp = plan.hostNetwork === true ? HOST_IP : state.podIp;
  const phase = phaseOf(plan);
  return {
    phase,
    conditions: CONDITIONS.map((type) => ({
      type,
      status: type.endsWith('Ready') && phase !== 'Running' ? 'False' : 'True',
      lastTransitionTime: timestamp(state.createdAt),
    })),
    hostIP: HOST_IP,
    ...(podIp === undefined ? {} : { podIP: podIp, podIPs: [{ ip: podIp }] }),
    startTime: timestamp(state.createdAt),
    ...(plan.initContainers === undefined ? {} : { initContainerStatuses: statuses(plan.initContainers, state, true) }),
    containerStatuses: statuses(plan.containers, state, phase === 'Succeeded'),
    qosClass: qosOf(plan),
  };
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export function timestamp(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

function phaseOf(plan: PodPlan): string {
  if (plan.state === 'completed') return 'Succeeded';
  return plan.state === 'imageMissing' ? 'Pending' : 'Running';
}

function statuses(containers: readonly ContainerPlan[], pod: PodState, done: boolean) {
  return containers.map(({ name }) => {
    const state = pod.containers.get(name) ?? { restarts: 0 };
    const image = imageOf(name);
    return { name, image, ...containerStatus(image, state, done) };
  });
}

/** The image of a container of this name. */
export function imageOf(container: string): string {
  return `registry.local/${container}:1`;
}

function containerStatus(image: string, container: ContainerState, done: boolean) {
  const { id, startedAt, restarts: restartCount, last } = container;
  if (id === undefined || startedAt === undefined) {
    const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image' };
    const state = { waiting };
    return { state, lastState: {}, ready: false, started: false, restartCount, imageID: '' };
  }
  const completed = { id, startedAt, finishedAt: startedAt, exitCode: 0, reason: 'Completed' };
  return {
    containerID: `containerd://${id}`,
    imageID: `sha256:${createHash('sha256').update(image).digest('hex')}`,
    state: done ? { terminated: terminated(completed) } : { running: { startedAt: timestamp(startedAt) } },
    lastState: last === undefined ? {} : { terminated: terminated(last) },
    ready: !done,
    started: !done,
    restartCount,
  };
}

function terminated({ id, startedAt, finishedAt, exitCode, reason }: EndedRun) {
  return {
    containerID: `containerd://${id}`,
    exitCode,
    finishedAt: timestamp(finishedAt),
    reason,
    startedAt: timestamp(startedAt),
  };
}
