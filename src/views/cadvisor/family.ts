import type { RowName } from '../../metrics/index.ts';
import type { Family } from '../../metrics/row.ts';
import type { TableKeys } from '../../metrics/table.ts';
import type { Subject } from '../../snapshot/subject.ts';

/** What a series is about. */
export type CadvisorSubject = Pick<Subject, 'level' | 'pod' | 'container'>;

/** The source of a series of each subject. */
export interface CadvisorSource {
  /** Leading label values of the family; the others are found while reading. */
  readonly labels?: readonly string[];
  /** Name of the row, without the level; the series is absent on a version of cgroups that does not have it. */
  readonly row?: RowName<'container' | 'sandbox'>;
  /** Label value that selects a series of the row. */
  readonly series?: string;
  /** The row to use for the root cgroup instead. */
  readonly rootRow?: RowName<'node'>;
  /** For the root cgroup, the key in the table of disks; used instead of its row. */
  readonly disk?: { readonly key: TableKeys['disk']; readonly divisor?: number };
  /** For the root cgroup, the key in the table of file systems. */
  readonly filesystem?: TableKeys['filesystem'];
  /** Converts the number of the row. */
  readonly convert?: (value: number, subject: CadvisorSubject) => number;
  /** A value that needs no reading, preferred over the row. `time` is the Unix time of the scrape in seconds. */
  readonly fact?: (subject: CadvisorSubject, time: number) => number | undefined;
  /** Used if the row has no number. */
  readonly otherwise?: (subject: CadvisorSubject) => number | undefined;
  /** Exported by the kubelet for an absent number, and by the view only on request. */
  readonly zero?: 0 | -1;
}

/** A family of `/metrics/cadvisor` with series for containers, sandboxes, pods and the cgroups above them. */
export interface CadvisorFamily extends Family {
  readonly from: readonly CadvisorSource[];
  /** Minor version of Kubernetes 1 whose kubelet no longer has the family; the view then has it for older ones only. */
  readonly until?: number;
  /** Not a measurement: never exported with an explicit timestamp. */
  readonly timeless?: true;
}
