import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { NodePaths } from '../kernel/hierarchies.ts';
import type { Mount } from '../kernel/mountinfo.ts';
import { decodeLatin1 } from '../kernel/text.ts';
import { readBlockDeviceNames } from '../node/block-devices.ts';
import { lastName } from './volume-mounts.ts';
import { readRegularFile } from '../kernel/regular-file.ts';

/**
 * File systems that may span several devices: their mounts have a number that belongs to no device (`0:45`), and one of
 * the devices as their source.
 */
const MULTI_DEVICE_TYPES = new Set(['btrfs', 'bcachefs']);

/** The block devices of mounts at one moment. */
export class MountDevices {
  readonly #paths: Pick<NodePaths, 'sysfs' | 'rootfs'>;
  /** Kernel names by number. */
  readonly #names: ReadonlyMap<string, string>;
  /** By source. */
  readonly #known = new Map<string, string | undefined>();

  constructor(paths: Pick<NodePaths, 'procfs' | 'sysfs' | 'rootfs'>) {
    this.#paths = paths;
    this.#names = readBlockDeviceNames(paths.procfs);
  }

  /**
   * The kernel name of the device that has the file system (`sda1`, `dm-3`), as the I/O of cgroups is counted by it;
   * `undefined` for a file system without a device or on several.
   */
  of({ device, type, source }: Pick<Mount, 'device' | 'type' | 'source'>): string | undefined {
    const name = this.#names.get(device);
    if (name !== undefined || !MULTI_DEVICE_TYPES.has(type) || !source.startsWith('/dev/')) return name;
    if (!this.#known.has(source)) this.#known.set(source, this.#single(source));
    return this.#known.get(source);
  }

  #single(source: string): string | undefined {
    // bcachefs lists all of its devices.
    if (source.includes(':')) return undefined;
    const name = this.#bySource(source);
    return name === undefined || this.#isOneOfSeveral(name) ? undefined : name;
  }

  /** The device node may not be visible to the exporter, so that names are compared first. */
  #bySource(source: string): string | undefined {
    const name = decodeLatin1(lastName(source));
    if (source.startsWith('/dev/mapper/')) return this.#mapped(name) ?? this.#byNode(source);
    return [...this.#names.values()].includes(name) ? name : this.#byNode(source);
  }

  /** The device-mapper device called `name`: a logical volume, a multipath device, an encrypted one. */
  #mapped(name: string): string | undefined {
    const { sysfs } = this.#paths;
    return [...this.#names.values()].find((device) => {
      if (!device.startsWith('dm-')) return false;
      try {
        return (
          readRegularFile(join(sysfs, 'block', device, 'dm/name'))
            .toString('utf8')
            .trimEnd() === name
        );
      } catch {
        return false;
      }
    });
  }

  #byNode(source: string): string | undefined {
    try {
      const status = statSync(Buffer.from(join(this.#paths.rootfs, source), 'latin1'));
      return status.isBlockDevice() ? this.#names.get(numberOf(status.rdev)) : undefined;
    } catch {
      return undefined;
    }
  }

  /** `/sys/fs/btrfs/<fsid>/devices` has a link for each device. */
  #isOneOfSeveral(name: string): boolean {
    const directory = join(this.#paths.sysfs, 'fs/btrfs');
    return namesIn(directory).some((id) => {
      const devices = namesIn(join(directory, id, 'devices'));
      return devices.length > 1 && devices.includes(name);
    });
  }
}

/** The number of a device as the kernel writes it: `8:0`. */
function numberOf(rdev: number): string {
  // The encoding of glibc's makedev: 12 bits of the major number above the lower 8 of the minor number.
  const low = rdev % 2 ** 32;
  const high = Math.floor(rdev / 2 ** 32);
  const major = ((low >>> 8) & 0xfff) + (high & ~0xfff);
  const minor = (low & 0xff) + ((low >>> 12) & 0xfff00);
  return `${major}:${minor}`;
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
