import { field, list, text } from '../../base/untrusted-json.ts';

/** What runs a pod, as people call it. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
}

/** Suffix of a CronJob's job: the scheduled time in minutes, in old versions in seconds. */
const SCHEDULED = /^(.+)-\d{8,}$/;

/**
 * The workload of a pod, by its controller. A ReplicaSet stands for its Deployment and a scheduled Job for its
 * CronJob where the names tell so; the API server is not asked. `undefined` for a pod without a controller.
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
  const name = label === job ? SCHEDULED.exec(job)?.[1] : undefined;
  return name === undefined ? undefined : { kind: 'CronJob', name };
}
