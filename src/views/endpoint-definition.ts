import type { CheckResult } from '../checks/check.ts';
import type { EventStore } from '../events/event-store.ts';
import type { Plan } from '../plan/plan.ts';
import type { CpuUsage } from '../snapshot/cpu-usage.ts';
import type { CgroupCounts, Snapshot } from '../snapshot/snapshot.ts';
import type { Endpoint, EndpointDescription, Scope } from './endpoint.ts';
import type { OwnFamilies } from './native/metrics.ts';
import type { ReadProcesses } from './processes/processes.ts';

/** An endpoint as src/endpoints.ts lists it. */
export interface EndpointDefinition extends EndpointDescription {
  /** Prepares what answers have in common; called once per exporter. */
  readonly open: (parts: EndpointParts) => Endpoint['answer'];
}

/**
 * Calls `work` with a snapshot of the collectors in `wanted`, which is valid until `work` ends. If `deadline`
 * (milliseconds of `performance.now()`) passes first, the snapshot has what was read by then.
 */
export type Collect = <T>(
  wanted: ReadonlySet<string>,
  deadline: number,
  work: (snapshot: Snapshot) => Promise<T>,
) => Promise<T>;

/** What an exporter opens its endpoints with. */
export interface EndpointParts {
  readonly plan: Plan;
  readonly scope: Scope;
  readonly version: string;
  readonly nodeName?: string;
  /** Names of the enabled collectors. */
  readonly collectors: ReadonlySet<string>;
  readonly compat: CompatOptions;
  /** Families about the exporter itself. */
  readonly ownFamilies: OwnFamilies;
  /** Makes or shares a collection, for answers that do not come from one. */
  readonly collect: Collect;
  /** CPU usage up to a snapshot, as far as it can be known until a deadline. */
  readonly cpuUsage: (snapshot: Snapshot, deadline: number) => Promise<CpuUsage>;
  /** The processes of a container. */
  readonly processes: ReadProcesses;
  readonly status: () => ExporterStatus;
  /** Absent if events are disabled. */
  readonly events?: EventStore;
  /** What the checks found, at most a minute ago. */
  readonly checks: () => readonly CheckResult[];
  /** How the server is protected; absent where nothing is served over HTTP. */
  readonly security?: () => { readonly tls: boolean; readonly authentication: string };
  /** Every endpoint that is served. */
  readonly served: readonly EndpointDescription[];
}

/** How closely the kubelet's endpoint with cAdvisor's series is followed. */
export interface CompatOptions {
  /** Families that the kubelet fills with zeros are written as well. */
  readonly zeros: boolean;
  /** Minor version of Kubernetes 1 whose families are written. */
  readonly kubeletMinor: number;
  /** The image of sandboxes: queries tell containers and sandboxes from pods by `image!=""`. */
  readonly pauseImage: string;
  /** Pods on the node's network repeat the node's interfaces under their names. */
  readonly hostNetwork: boolean;
}

/** The exporter at this moment. */
export interface ExporterStatus {
  readonly cgroups: 'v1' | 'v2' | 'hybrid' | 'none';
  /** The pod metadata source in effect. */
  readonly podSource: string;
  /** The source has its first list of pods. */
  readonly isSynced: boolean;
  /** Of the last collection; absent before the first. */
  readonly counts?: CgroupCounts;
}
