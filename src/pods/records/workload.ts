import { field, list, text } from '../../base/untrusted-json.ts';

/** The top-level controller of a pod. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
}

/** A CronJob names its jobs by the scheduled Unix time in minutes (in seconds in old versions). */
const SCHEDULED_JOB = /^(.+)-\d{8,}$/;

/**
 * Resolves the workload of a pod from its controller reference. A ReplicaSet resolves to its Deployment and a scheduled
 * Job to its CronJob if the names match; no API request is sent. Returns `undefined` for a pod without a controller.
 */
export function resolveWorkload(metadata: unknown): Workload | undefined {
  const owners = list(field(metadata, 'ownerReferences'));
  const controller = owners.find((owner) => field(owner, 'controller') === true);
  const kind = text(field(controller, 'kind'));
  const name = text(field(controller, 'name'));
  if (kind === undefined || name === undefined) return undefined;
  const labels = field(metadata, 'labels');
  if (kind === 'ReplicaSet') return deploymentOf(name, labels) ?? { kind, name };
  if (kind === 'Job') return cronJobOf(name, labels) ?? { kind, name };
  return { kind, name };
}

function deploymentOf(replicaSet: string, labels: unknown): Workload | undefined {
  const hash = text(field(labels, 'pod-template-hash'));
  if (hash === undefined || !replicaSet.endsWith(`-${hash}`)) return undefined;
  const name = replicaSet.slice(0, -hash.length - 1);
  return name === '' ? undefined : { kind: 'Deployment', name };
}

function cronJobOf(job: string, labels: unknown): Workload | undefined {
  const label = field(labels, 'batch.kubernetes.io/job-name') ?? field(labels, 'job-name');
  const name = label === job ? SCHEDULED_JOB.exec(job)?.[1] : undefined;
  return name === undefined ? undefined : { kind: 'CronJob', name };
}
