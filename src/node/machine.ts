/**
 * What the machine has.
 * https://docs.kernel.org/filesystems/proc.html
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodePaths } from '../kernel/hierarchies.ts';

/** What a machine has; what a file does not say is left out. */
export interface MachineSize {
  /** CPUs that are online, hyper-threads included. */
  readonly cores?: number;
  /** Bytes that the kernel may use. */
  readonly memory?: number;
  /** Bytes. */
  readonly swap?: number;
}

/** What a machine runs; what a file does not say is left out. */
export interface MachineIdentity {
  readonly kernelVersion?: string;
  /** As the distribution calls itself. */
  readonly osImage?: string;
  /** Changes with every boot. */
  readonly bootId?: string;
}

/**
 * CPUs, memory and swap.
 *
 * @throws the system's error if a file cannot be read.
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

/** Kernel, distribution and boot. A file that cannot be read says nothing. */
export function readMachineIdentity({ procfs, rootfs }: Pick<NodePaths, 'procfs' | 'rootfs'>): MachineIdentity {
  return {
    ...word('kernelVersion', /^Linux version (\S+)/, () => contentOf(procfs, 'version')),
    ...word('osImage', /^PRETTY_NAME="?([^"\n]+)"?$/m, () => contentOf(rootfs, 'etc/os-release')),
    ...word('bootId', /^(\S+)$/m, () => contentOf(procfs, 'sys/kernel/random/boot_id')),
  };
}

function contentOf(...path: readonly string[]): string {
  return readFileSync(join(...path), 'utf8');
}

/** The files write kibibytes and call them kB. */
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
