/**
 * What the machine is made of, and what it is told apart by.
 * https://docs.kernel.org/admin-guide/cputopology.html · https://docs.kernel.org/driver-api/edac.html
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodePaths } from '../kernel/hierarchies.ts';

/** Memory modules of one type. */
export interface MemoryModules {
  /** As EDAC calls it: `Unbuffered-DDR4`. */
  readonly type: string;
  readonly count: number;
  readonly bytes: number;
}

/** What is known of the hardware; `undefined` for what the kernel does not say. */
export interface Hardware {
  readonly physicalCores: number | undefined;
  readonly sockets: number | undefined;
  /** s390 only, as the next. */
  readonly books: number | undefined;
  readonly drawers: number | undefined;
  /** Empty where nothing watches over them (EDAC). */
  readonly modules: readonly MemoryModules[];
  readonly machineId: string | undefined;
  readonly systemUuid: string | undefined;
  readonly bootId: string | undefined;
}

/** Milliseconds for which it is taken to stay as it is: a large machine has thousands of these files. */
const LASTING = 300_000;

/** Looks at the hardware. */
export class HardwareReader {
  readonly #paths: NodePaths;
  #known: Hardware | undefined;
  #until = 0;

  constructor(paths: NodePaths) {
    this.#paths = paths;
  }

  /** `now` in milliseconds that only grow. */
  read(now: number): Hardware {
    if (this.#known === undefined || now >= this.#until) {
      this.#known = {
        ...processors(this.#paths.sysfs),
        modules: memoryModules(this.#paths.sysfs),
        ...ids(this.#paths),
      };
      this.#until = now + LASTING;
    }
    return this.#known;
  }
}

function ids({ procfs, sysfs, rootfs }: NodePaths): Pick<Hardware, 'machineId' | 'systemUuid' | 'bootId'> {
  const machineId = firstOf([join(rootfs, 'etc/machine-id'), join(rootfs, 'var/lib/dbus/machine-id')]);
  // Firmware's number is for root to read; whoever may not has the machine's own in its place, as in the kubelet.
  const firmware = [join(sysfs, 'class/dmi/id/product_uuid'), join(procfs, 'device-tree/system-id')];
  return {
    machineId,
    systemUuid: firstOf([...firmware, join(procfs, 'device-tree/vm,uuid')]) ?? machineId,
    bootId: firstOf([join(procfs, 'sys/kernel/random/boot_id')]),
  };
}

/** The files of a processor's topology by which what is counted is told apart. */
const UNITS = {
  physicalCores: ['physical_package_id', 'core_id'],
  sockets: ['physical_package_id'],
  books: ['book_id'],
  drawers: ['drawer_id'],
} as const;

function processors(sysfs: string): Pick<Hardware, keyof typeof UNITS> {
  const directory = join(sysfs, 'devices/system/cpu');
  // Only a processor that is online has a topology.
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
    physicalCores: count(UNITS.physicalCores),
    sockets: count(UNITS.sockets),
    books: count(UNITS.books),
    drawers: count(UNITS.drawers),
  };
}

function memoryModules(sysfs: string): readonly MemoryModules[] {
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
    // Device trees end their texts with a zero byte.
    const text = textOf(path)?.replaceAll('\0', '').trim();
    if (text !== undefined && text !== '') return text;
  }
  return undefined;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
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
