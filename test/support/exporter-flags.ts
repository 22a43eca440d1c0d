import { join } from 'node:path';

import type { RecordedNode } from './recorded-node.ts';

/** Flags by which the exporter reads a recorded node. */
export function recordedFlags({ folder, nodeName }: RecordedNode): readonly string[] {
  return [
    `--path.procfs=${join(folder, 'node/proc')}`,
    `--path.sysfs=${join(folder, 'node/sys')}`,
    `--path.rootfs=${join(folder, 'node')}`,
    `--path.cgroup=${join(folder, 'node/sys/fs/cgroup')}`,
    `--pods=file:${join(folder, 'pods.json')}`,
    `--node-name=${nodeName}`,
  ];
}

/** Flags that switch on everything that the golden files have. */
export const GOLDEN_FLAGS: readonly string[] = [
  '--collector.hugetlb',
  '--collector.conntrack',
  '--collector.tcp-states',
  '--collector.memory-events-local',
  '--collector.misc',
  '--collector.rdma',
  '--collector.dmem',
  '--collector.pressure-irq',
  '--collector.zswap',
  '--pod-labels=*',
  '--pod-annotations=note',
];
