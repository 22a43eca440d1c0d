/**
 * Block devices, looked up when they are needed: one may come and take over a number at any time.
 * https://docs.kernel.org/admin-guide/iostats.html
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A block device and what it did since it came. */
export interface BlockDevice {
  /** `major:minor`. */
  readonly number: string;
  /** The kernel's name: `nvme0n1`, `sda1`, `dm-3`. */
  readonly name: string;
  /** The fields behind the name, in their order; NaN for what is not a number. */
  readonly fields: readonly number[];
}

/**
 * The devices in `diskstats`.
 *
 *      259       0 nvme0n1 3352 500 486634 1870 ...
 *
 * @throws the system's error if it cannot be read.
 */
export function readBlockDevices(procfs: string): readonly BlockDevice[] {
  return readFileSync(join(procfs, 'diskstats'), 'latin1')
    .split('\n')
    .flatMap((line) => {
      const [major, minor, name, ...fields] = line.trim().split(/\s+/);
      return name === undefined ? [] : [{ number: `${major}:${minor}`, name, fields: fields.map(Number) }];
    });
}

/** The kernel's names by `major:minor`. Empty if `diskstats` cannot be read. */
export function readBlockDeviceNames(procfs: string): ReadonlyMap<string, string> {
  try {
    return new Map(readBlockDevices(procfs).map(({ number, name }) => [number, name]));
  } catch {
    return new Map();
  }
}

/** A partition is named after its disk, with a `p` between if the disk's name ends in a digit. */
const PARTITION = /^(?:(.*\d)p|(.*[^\d]))\d+$/;

/**
 * The devices that are no partition of another one in the list. A name alone does not tell: Xen knows an `xvda1`
 * that is a disk.
 */
export function withoutPartitions(devices: readonly BlockDevice[]): readonly BlockDevice[] {
  const names = new Set(devices.map(({ name }) => name));
  return devices.filter(({ name }) => {
    const [, numbered, lettered] = PARTITION.exec(name) ?? [];
    return !names.has(numbered ?? lettered ?? '');
  });
}
