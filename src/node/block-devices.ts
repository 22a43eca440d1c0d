/**
 * Block devices. They are never cached, because a new device may reuse a number at any time.
 * https://docs.kernel.org/admin-guide/iostats.html
 */
import { join } from 'node:path';
import { decodeLatin1 } from '../kernel/text.ts';
import { readRegularFile } from '../kernel/regular-file.ts';

/** A block device and its counters since it was added. */
export interface BlockDevice {
  /** `major:minor`. */
  readonly number: string;
  /** Kernel name: `nvme0n1`, `sda1`, `dm-3`. */
  readonly name: string;
  /** The fields after the name, in order; NaN for an invalid number. */
  readonly fields: readonly number[];
}

/**
 * Reads the devices in `diskstats`.
 *
 *      259       0 nvme0n1 3352 500 486634 1870 ...
 *
 * @throws the system error if the file cannot be read.
 */
export function readBlockDevices(procfs: string): readonly BlockDevice[] {
  return readRegularFile(join(procfs, 'diskstats'))
    .toString('latin1')
    .split('\n')
    .flatMap((line) => {
      // Not `\s`: the byte 0xa0, which is a space in latin1, may be part of a name.
      const [major, minor, name, ...fields] = line.split(' ').filter((word) => word !== '');
      if (name === undefined) return [];
      return [{ number: `${major}:${minor}`, name: decodeLatin1(name), fields: fields.map(Number) }];
    });
}

/** Reads the kernel names by `major:minor`. Empty if `diskstats` cannot be read. */
export function readBlockDeviceNames(procfs: string): ReadonlyMap<string, string> {
  try {
    return new Map(readBlockDevices(procfs).map(({ number, name }) => [number, name]));
  } catch {
    return new Map();
  }
}

/** The name of a partition is that of its disk and a number, separated by `p` if the disk's name ends in a digit. */
const PARTITION = /^(?:(.*\d)p|(.*[^\d]))\d+$/;

/**
 * Returns the devices that are not a partition of another device in the list. The name alone is not sufficient: `xvda1`
 * is a whole disk on some Xen hosts.
 */
export function withoutPartitions(devices: readonly BlockDevice[]): readonly BlockDevice[] {
  const names = new Set(devices.map(({ name }) => name));
  return devices.filter(({ name }) => {
    const [, numbered, lettered] = PARTITION.exec(name) ?? [];
    return !names.has(numbered ?? lettered ?? '');
  });
}
