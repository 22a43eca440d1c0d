import assert from 'node:assert/strict';

import type { RunningPod } from './running-pod.ts';
import type { SampleTable } from './sample-table.ts';
import type { StandInNode } from './stand-in-node.ts';

/** A cgroup of a stand-in node, and the labels of its series. */
export interface MeasuredCgroup {
  readonly level: 'container' | 'pod' | 'cgroup';
  /** Below the tree's root. */
  readonly path: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A series and the numbers in the kernel's files before and after the scrape; `undefined` where there is none. */
export interface Comparison extends MeasuredCgroup {
  /** The series' name without its level. */
  readonly family: string;
  readonly before: number | undefined;
  readonly value: number | undefined;
  readonly after: number | undefined;
  /** All of it in words. */
  readonly what: string;
}

/** Reads a number of a cgroup from the kernel. */
export type ReadNumber = (cgroup: MeasuredCgroup, family: string) => number | undefined;

/** The labels that all series of a pod have. */
export function podLabels({ plan }: RunningPod): { readonly namespace: string; readonly pod: string } {
  return { namespace: plan.namespace, pod: plan.name };
}

/** The pods of a node that are to be exported. */
export function exportedPods(node: StandInNode): readonly RunningPod[] {
  return node.pods.filter(({ cgroup, plan }) => cgroup !== undefined && plan.unknown !== true);
}

/** The pods with their containers, and the cgroups `above` them; pods of the name `except` are skipped. */
export function measuredCgroups(
  node: StandInNode,
  above: readonly string[],
  except: string,
): readonly MeasuredCgroup[] {
  const pods = exportedPods(node).filter(({ plan }) => plan.name !== except);
  return [
    ...pods.map((pod): MeasuredCgroup => ({ level: 'pod', path: pod.cgroup ?? '', labels: podLabels(pod) })),
    ...pods.flatMap((pod) =>
      pod.containers.map(({ cgroup, name }): MeasuredCgroup => ({
        level: 'container',
        path: cgroup,
        labels: { ...podLabels(pod), container: name },
      })),
    ),
    ...above.map((path): MeasuredCgroup => ({ level: 'cgroup', path, labels: { cgroup: `/${path}` } })),
  ];
}

/** Reads every family of every cgroup before a scrape and after it. */
export async function compare(
  cgroups: readonly MeasuredCgroup[],
  families: readonly string[],
  read: ReadNumber,
  scrape: () => Promise<SampleTable>,
): Promise<readonly Comparison[]> {
  const readAll = (): readonly (number | undefined)[] =>
    cgroups.flatMap((cgroup) => families.map((family) => read(cgroup, family)));
  const earlier = readAll();
  const table = await scrape();
  const later = readAll();
  const pairs = cgroups.flatMap((cgroup) => families.map((family) => ({ ...cgroup, family })));
  return pairs.map((pair, index) => {
    const name = `${pair.level}_${pair.family}`;
    const numbers = { before: earlier[index], value: table.value(name, pair.labels), after: later[index] };
    return { ...pair, ...numbers, what: `${name} ${JSON.stringify(pair.labels)} ${JSON.stringify(numbers)}` };
  });
}

/** Asserts that a counter lies between the numbers in the files; one that no file has must not be exported. */
export function assertBetween({
  before: least,
  value,
  after: most,
  what,
}: Omit<Comparison, 'family' | keyof MeasuredCgroup>): void {
  assert.equal(value === undefined, least === undefined, what);
  if (value === undefined || least === undefined || most === undefined) return;
  assert.ok(least <= value && value <= most, what);
}
