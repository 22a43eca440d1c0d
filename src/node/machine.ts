/**
 * Size and identity of the machine.
 * https://docs.kernel.org/filesystems/proc.html
 */
import { join } from 'node:path';
import type { NodePaths } from '../kernel/hierarchies.ts';
import { readRegularFile } from '../kernel/regular-file.ts';

/** Resources of the machine. A field is absent if its file does not contain it. */
export interface MachineSize {
  /** Online logical CPUs. */
  readonly cores?: number;
  /** Usable memory (MemTotal) in bytes. */
  readonly memory?: number;
  /** Bytes. */
  readonly swap?: number;
}

/** Operating system of the machine. A field is absent if its file is missing or does not contain it. */
export interface MachineIdentity {
  readonly kernelVersion?: string;
  /** `PRETTY_NAME` of the distribution. */
  readonly osImage?: string;
  /** Changes with every boot. */
  readonly bootId?: string;
}

/**
 * Reads the number of CPUs and the size of memory and swap.
 *
 * @throws the system error if a file cannot be read.
 */
export function readMachineSize({ procfs }: Pick<NodePaths, 'procfs'>): MachineSize {
  const cores = contentOf(procfs, 'stat').match(/^cpu\d+ /gm)?.length;
  const meminfo = contentOf(procfs, 'meminfo');
  return {
    ...(cores === undefined ? {} : { cores }),
    ...amount('memory', /^MemTotal:\s+(\d+) kB$/m, meminfo),
    ...amount('swap', /^SwapTotal:\s+(\d+) kB$/m, meminfo),
  };
}

/** Reads kernel version, distribution and boot ID. */
export function readMachineIdentity({ procfs, rootfs }: Pick<NodePaths, 'procfs' | 'rootfs'>): MachineIdentity {
  return {
    ...word('kernelVersion', /^Linux version (\S+)/, () => contentOf(procfs, 'version')),
    ...word('osImage', /^PRETTY_NAME="?([^"\n]+)"?$/m, () => contentOf(rootfs, 'etc/os-release')),
    ...word('bootId', /^(\S+)$/m, () => contentOf(procfs, 'sys/kernel/random/boot_id')),
  };
}

function contentOf(...path: readonly string[]): string {
  return readRegularFile(join(...path)).toString('utf8');
}

/** The unit `kB` in meminfo is a kibibyte. */
function amount<K extends string>(name: K, pattern: RegExp, content: string): { [P in K]?: number } {
  const kibibytes = pattern.exec(content)?.[1];
  return (kibibytes === undefined ? {} : { [name]: Number(kibibytes) * 1024 }) as { [P in K]?: number };
}

function word<K extends string>(name: K, pattern: RegExp, read: () => string): { [P in K]?: string } {
  let content: string;
  try {
    content = read();
  } catch {
    return {};
  }
  const found = pattern.exec(content)?.[1];
  return (found === undefined ? {} : { [name]: found }) as { [P in K]?: string };
}
