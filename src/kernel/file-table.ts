/**
 * The kernel files that are read: format, cgroup v1 hierarchy, and how they are read.
 *
 * https://docs.kernel.org/admin-guide/cgroup-v2.html · https://docs.kernel.org/admin-guide/cgroup-v1/
 * https://docs.kernel.org/filesystems/proc.html
 */
import {
  flatKeyedParser,
  lineCountParser,
  nestedKeyedParser,
  pairsParser,
  valuesParser,
  type Parser,
  type KeySlot,
} from './formats/keyed.ts';
import {
  deviceListParser,
  dottedListParser,
  flatListParser,
  interfaceListParser,
  namedListParser,
  operationListParser,
  type ListParser,
} from './formats/lists.ts';
import { meminfoParser, taskCountParser } from './formats/machine-files.ts';
import { protocolTableParser } from './formats/protocol-tables.ts';
import { perCpuTableParser, socketStatesParser } from './formats/socket-tables.ts';

/**
 * What names the items of a list: `device` is the number of a block device (`8:0`), `interface` a network interface;
 * `resource` is any other name, exported as it is.
 */
export type ItemName = 'device' | 'interface' | 'resource';

interface FileTraits {
  /** The v1 hierarchy, where it is not the first word of the file's name; `unified` is the v2 mount beside v1. */
  readonly controller?: 'unified';
  /** Written by an administrator and never by the kernel, so that the numbers are cached. */
  readonly cached?: true;
  /** Every supported kernel with the controller has it: that it does not exist is an error. */
  readonly required?: true;
  /** The kernel's numbers exclude cgroups below, so that those of all of them are added. */
  readonly summed?: true;
}

/** A file in which each requested number occurs once. */
export interface NumbersFile extends FileTraits {
  readonly numbers: (keys: readonly KeySlot[]) => Parser;
}

/** A file in which each requested number occurs once per item. */
export interface ListFile extends FileTraits {
  readonly list: (keys: readonly KeySlot[]) => ListParser;
  readonly items: ItemName;
}

export type KernelFile = NumbersFile | ListFile;

/** Names are below the cgroup, `/proc/<pid>` or `/proc`. `*` stands for a page size, which hugetlb has in its names. */
const FILES = {
  'cgroup.procs': { numbers: lineCountParser, required: true, summed: true },

  'cpu.stat': { numbers: flatKeyedParser, required: true },
  'cpu.max': { numbers: valuesParser, required: true, cached: true },
  'cpu.max.burst': { numbers: valuesParser, cached: true },
  'cpu.weight': { numbers: valuesParser, required: true, cached: true },
  'cpu.shares': { numbers: valuesParser, required: true, cached: true },
  'cpu.cfs_quota_us': { numbers: valuesParser, required: true, cached: true },
  'cpu.cfs_period_us': { numbers: valuesParser, required: true, cached: true },
  'cpu.cfs_burst_us': { numbers: valuesParser, cached: true },
  'cpuacct.usage': { numbers: valuesParser, required: true },
  'cpuacct.stat': { numbers: flatKeyedParser, required: true },

  'memory.current': { numbers: valuesParser, required: true },
  'memory.stat': { numbers: flatKeyedParser, required: true },
  'memory.events': { numbers: flatKeyedParser, required: true },
  'memory.events.local': { numbers: flatKeyedParser },
  'memory.peak': { numbers: valuesParser },
  'memory.max': { numbers: valuesParser, required: true, cached: true },
  'memory.high': { numbers: valuesParser, required: true, cached: true },
  'memory.low': { numbers: valuesParser, required: true, cached: true },
  'memory.min': { numbers: valuesParser, required: true, cached: true },
  'memory.swap.current': { numbers: valuesParser },
  'memory.swap.max': { numbers: valuesParser, cached: true },
  'memory.usage_in_bytes': { numbers: valuesParser, required: true },
  'memory.max_usage_in_bytes': { numbers: valuesParser, required: true },
  'memory.kmem.usage_in_bytes': { numbers: valuesParser },
  'memory.failcnt': { numbers: valuesParser, required: true },
  'memory.oom_control': { numbers: flatKeyedParser, required: true },
  'memory.limit_in_bytes': { numbers: valuesParser, required: true, cached: true },
  'memory.soft_limit_in_bytes': { numbers: valuesParser, cached: true },
  'memory.memsw.limit_in_bytes': { numbers: valuesParser, cached: true },

  'io.stat': { list: deviceListParser, items: 'device' },
  'blkio.throttle.io_service_bytes_recursive': { list: operationListParser, items: 'device' },
  'blkio.throttle.io_service_bytes': { list: operationListParser, items: 'device' },
  'blkio.throttle.io_serviced_recursive': { list: operationListParser, items: 'device' },
  'blkio.throttle.io_serviced': { list: operationListParser, items: 'device' },

  'pids.current': { numbers: valuesParser, required: true },
  'pids.peak': { numbers: valuesParser },
  'pids.events': { numbers: flatKeyedParser },
  'pids.max': { numbers: valuesParser, required: true, cached: true },

  'cpu.pressure': { numbers: nestedKeyedParser, controller: 'unified' },
  'memory.pressure': { numbers: nestedKeyedParser, controller: 'unified' },
  'io.pressure': { numbers: nestedKeyedParser, controller: 'unified' },
  'irq.pressure': { numbers: nestedKeyedParser, controller: 'unified' },

  'hugetlb.*.current': { numbers: valuesParser },
  'hugetlb.*.max': { numbers: valuesParser, cached: true },
  'hugetlb.*.usage_in_bytes': { numbers: valuesParser },
  'hugetlb.*.limit_in_bytes': { numbers: valuesParser, cached: true },

  'misc.current': { list: flatListParser, items: 'resource' },
  'misc.max': { list: flatListParser, items: 'resource' },
  'misc.events': { list: dottedListParser, items: 'resource' },
  'rdma.current': { list: namedListParser, items: 'resource' },
  'dmem.current': { list: flatListParser, items: 'resource' },

  'net/dev': { list: interfaceListParser, items: 'interface', required: true },
  'net/snmp': { numbers: protocolTableParser, required: true },
  'net/netstat': { numbers: protocolTableParser, required: true },
  'net/snmp6': { numbers: flatKeyedParser },
  'net/sockstat': { numbers: pairsParser, required: true },
  'net/sockstat6': { numbers: pairsParser },
  'net/tcp': { numbers: socketStatesParser },
  'net/tcp6': { numbers: socketStatesParser },
  'net/stat/nf_conntrack': { numbers: perCpuTableParser },

  '1/net/dev': { list: interfaceListParser, items: 'interface' },
  meminfo: { numbers: meminfoParser },
  loadavg: { numbers: taskCountParser },
  // Read for the time of the boot, which changes only when the clock is set.
  stat: { numbers: flatKeyedParser, cached: true },
  'sys/kernel/pid_max': { numbers: valuesParser, cached: true },
  'sys/kernel/threads-max': { numbers: valuesParser, cached: true },
} as const satisfies Readonly<Record<string, KernelFile>>;

/** The name of a file that the table has. */
export type FileName = keyof typeof FILES;

/** Every file of the table by its name. */
export const KERNEL_FILES: ReadonlyMap<string, KernelFile> = new Map<string, KernelFile>(Object.entries(FILES));

/**
 * The file called `name`, a page size in place of the `*`.
 *
 * @throws {Error} if the table does not have it.
 */
export function kernelFile(name: string): KernelFile {
  const file = KERNEL_FILES.get(name) ?? KERNEL_FILES.get(withoutPageSize(name));
  if (file === undefined) throw new Error(`no kernel file ${name} in src/kernel/file-table.ts`);
  return file;
}

function withoutPageSize(name: string): string {
  const [controller = '', , ...rest] = name.split('.');
  return [controller, '*', ...rest].join('.');
}

/** The v1 hierarchy that has the file called `name`; empty for a file that belongs to no cgroup. */
export function controllerOf(name: string): string {
  const { controller = name.slice(0, Math.max(0, name.indexOf('.'))) } = kernelFile(name);
  return controller;
}
