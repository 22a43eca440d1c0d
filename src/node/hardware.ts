/**
 * Hardware and identifiers of the machine.
 * https://docs.kernel.org/admin-guide/cputopology.html · https://docs.kernel.org/driver-api/edac.html
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { NodePaths } from '../kernel/hierarchies.ts';
import { readRegularFile } from '../kernel/regular-file.ts';

/** Memory modules of one type. */
export interface MemoryModules {
  /** Memory type of EDAC: `Unbuffered-DDR4`. */
  readonly type: string;
  readonly count: number;
  readonly bytes: number;
}

/** Hardware of the machine. A field is `undefined` if the kernel does not export it. */
export interface Hardware {
  readonly physicalCores: number | undefined;
  readonly sockets: number | undefined;
  /** s390 only, like `drawers`. */
  readonly books: number | undefined;
  readonly drawers: number | undefined;
  /** Empty without an EDAC driver. */
  readonly modules: readonly MemoryModules[];
  readonly machineId: string | undefined;
  readonly systemUuid: string | undefined;
  readonly bootId: string | undefined;
}

/** Hardware is cached, because a large machine has thousands of these files. */
const CACHE_TTL_MS = 300_000;

/** Reads and caches the hardware. */
export class HardwareReader {
  readonly #paths: NodePaths;
  #cached: Hardware | undefined;
  #expiresAt = 0;

  constructor(paths: NodePaths) {
    this.#paths = paths;
  }

  /** `now` is a monotonic time in milliseconds. */
  read(now: number): Hardware {
    if (this.#cached === undefined || now >= this.#expiresAt) {
      this.#cached = {
        ...readTopology(this.#paths.sysfs),
        modules: readMemoryModules(this.#paths.sysfs),
        ...readIdentifiers(this.#paths),
      };
      this.#expiresAt = now + CACHE_TTL_MS;
    }
    return this.#cached;
  }
}

function readIdentifiers({ procfs, sysfs, rootfs }: NodePaths): Pick<Hardware, 'machineId' | 'systemUuid' | 'bootId'> {
  const machineId = firstOf([join(rootfs, 'etc/machine-id'), join(rootfs, 'var/lib/dbus/machine-id')]);
  // Only root can read the UUID of the firmware. The machine ID is the fallback, as in the kubelet.
  const firmware = [join(sysfs, 'class/dmi/id/product_uuid'), join(procfs, 'device-tree/system-id')];
  return {
    machineId,
    systemUuid: firstOf([...firmware, join(procfs, 'device-tree/vm,uuid')]) ?? machineId,
    bootId: firstOf([join(procfs, 'sys/kernel/random/boot_id')]),
  };
}

/** Topology files whose values identify a unit. */
const TOPOLOGY_FILES = {
  physicalCores: ['physical_package_id', 'core_id'],
  sockets: ['physical_package_id'],
  books: ['book_id'],
  drawers: ['drawer_id'],
} as const;

function readTopology(sysfs: string): Pick<Hardware, keyof typeof TOPOLOGY_FILES> {
  const directory = join(sysfs, 'devices/system/cpu');
  // An offline CPU has no topology directory.
  const topologies = namesIn(directory)
    .filter((name) => /^cpu\d+$/.test(name))
    .map((name) => join(directory, name, 'topology'));
  const count = (files: readonly string[]): number | undefined => {
    const units = topologies.flatMap((topology) => {
      const numbers = files.map((file) => textOf(join(topology, file))?.trim());
      return numbers.every((number) => number !== undefined && number !== '-1') ? [numbers.join()] : [];
    });
    return units.length === 0 ? undefined : new Set(units).size;
  };
  return {
    physicalCores: count(TOPOLOGY_FILES.physicalCores),
    sockets: count(TOPOLOGY_FILES.sockets),
    books: count(TOPOLOGY_FILES.books),
    drawers: count(TOPOLOGY_FILES.drawers),
  };
}

function readMemoryModules(sysfs: string): readonly MemoryModules[] {
  const top = join(sysfs, 'devices/system/edac/mc');
  const slots = namesIn(top).flatMap((controller) =>
    namesIn(join(top, controller))
      .filter((name) => /^(?:dimm|rank)\d+$/.test(name))
      .map((name) => join(top, controller, name)),
  );
  const modules = new Map<string, MemoryModules>();
  for (const slot of slots) {
    const type = textOf(join(slot, 'dimm_mem_type'))?.trim();
    const mebibytes = Number(textOf(join(slot, 'size')));
    if (type === undefined || !(mebibytes > 0)) continue;
    const { count, bytes } = modules.get(type) ?? { count: 0, bytes: 0 };
    modules.set(type, { type, count: count + 1, bytes: bytes + mebibytes * 2 ** 20 });
  }
  return [...modules.values()];
}

function firstOf(paths: readonly string[]): string | undefined {
  for (const path of paths) {
    // Strings in a device tree end with a NUL byte.
    const text = textOf(path)?.replaceAll('\0', '').trim();
    if (text !== undefined && text !== '') return text;
  }
  return undefined;
}

function textOf(path: string): string | undefined {
  try {
    return readRegularFile(path).toString('utf8');
  } catch {
    return undefined;
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
