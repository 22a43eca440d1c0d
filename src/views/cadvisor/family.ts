import type { RowName } from '../../metrics/index.ts';
import type { Family } from '../../metrics/row.ts';
import type { TableKeys } from '../../metrics/table.ts';
import type { Subject } from '../../snapshot/subject.ts';

/** What a row of the kubelet's table stands for. */
export type CadvisorSubject = Pick<Subject, 'level' | 'pod' | 'container'>;

/** Where a series of each subject comes from. */
export interface CadvisorSource {
  /** Values of the family's labels, in front those that are not found while reading. */
  readonly labels?: readonly string[];
  /** Name of the row whose number it is, without the level; on a version that does not have it there is none. */
  readonly row?: RowName<'container' | 'sandbox'>;
  /** Which series of the row, by its label. */
  readonly series?: string;
  /** The row that the root cgroup has in its place. */
  readonly rootRow?: RowName<'node'>;
  /** For the root, what the entries of the table of disks call it; rows of its cgroup do not count then. */
  readonly disk?: { readonly key: TableKeys['disk']; readonly divisor?: number };
  /** For the root, what the entries of the table of file systems call it. */
  readonly filesystem?: TableKeys['filesystem'];
  /** What the row's number is made into. */
  readonly convert?: (value: number) => number;
  /** What is known without reading, which counts more than the row. `time` is the scrape's in Unix seconds. */
  readonly fact?: (subject: CadvisorSubject, time: number) => number | undefined;
  /** What counts where there is no such number. */
  readonly otherwise?: (subject: CadvisorSubject) => number | undefined;
  /** What the kubelet writes where nothing is known; we only when asked to. */
  readonly zero?: 0 | -1;
}

/** A family of the kubelet's `/metrics/cadvisor` that has rows for containers, sandboxes, pods and cgroups above them. */
export interface CadvisorFamily extends Family {
  readonly from: readonly CadvisorSource[];
  /** It is no measurement, so that it never has an explicit timestamp. */
  readonly timeless?: true;
}
