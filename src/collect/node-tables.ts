import { reportDuplicate, withoutDuplicates } from './duplicates.ts';
import { errorCode } from '../base/error-code.ts';
import type { NodePaths } from '../kernel/hierarchies.ts';
import type { Table, TableNumbers } from '../metrics/table.ts';
import { readBlockDevices, withoutPartitions, type BlockDevice } from '../node/block-devices.ts';
import { HardwareReader, type Hardware } from '../node/hardware.ts';
import { readMachineIdentity, readMachineSize } from '../node/machine.ts';
import type { CollectorPlan } from '../plan/plan.ts';
import type { SnapshotBuilder } from '../snapshot/builder.ts';
import type { Entry } from '../snapshot/snapshot.ts';
import type { StorageChoice, StorageOptions } from '../storage/storage-choice.ts';
import { StorageTables } from '../storage/storage-tables.ts';

/** How the entries of each table are read. */
type TableReaders = {
  readonly [T in Table]: (snapshot: SnapshotBuilder) => readonly Entry<T>[] | Promise<readonly Entry<T>[]>;
};

/** Reads the tables of the node: the machine, disks, file systems and volumes. */
export class NodeTables {
  readonly #readers: TableReaders;
  readonly #storage: StorageTables;

  /** `processes` lists the processes of the cgroup at a path. */
  constructor(options: StorageOptions, processes: (path: string) => readonly number[]) {
    const { paths, choice } = options;
    const hardware = new HardwareReader(paths);
    const storage = new StorageTables(options);
    this.#storage = storage;
    this.#readers = {
      machine: () => [{ labels: [], numbers: { ...readMachineSize(paths) } }],
      machine_info: () => machineInfo(paths),
      hardware: ({ clock }) => [hardwareEntry(hardware.read(clock))],
      memory_modules: ({ clock }) => moduleEntries(hardware.read(clock)),
      disk: () => diskEntries(readBlockDevices(paths.procfs), choice),
      filesystem: (snapshot) => storage.filesystems(snapshot),
      volume: async (snapshot) => {
        const read = await storage.volumes(snapshot, ({ path }) => processes(path));
        snapshot.tables.set('volume_info', read.volume_info);
        snapshot.tables.set('kubelet_fs', read.kubelet_fs);
        snapshot.tables.set('image_fs', read.image_fs);
        snapshot.tables.set('container_fs', read.container_fs);
        return read.volume;
      },
      volume_info: ({ tables }) => tables.get('volume_info') ?? [],
      kubelet_fs: ({ tables }) => tables.get('kubelet_fs') ?? [],
      image_fs: ({ tables }) => tables.get('image_fs') ?? [],
      container_fs: ({ tables }) => tables.get('container_fs') ?? [],
    };
  }

  /** Number of file systems that do not answer. */
  get stuck(): number {
    return this.#storage.stuck;
  }

  /** A scrape begins. */
  begin(): void {
    this.#storage.begin();
  }

  close(): void {
    this.#storage.close();
  }

  /** Reads the tables of a collector into `snapshot`. A table that this kernel does not have is not an error. */
  async fill({ name, tables }: CollectorPlan, snapshot: SnapshotBuilder): Promise<void> {
    for (const table of tables) {
      try {
        const read = this.#readers[table](snapshot);
        const entries: readonly Entry[] = read instanceof Promise ? await read : read;
        const distinct = withoutDuplicates(entries, (labels) => reportDuplicate(snapshot, name, labels));
        snapshot.tables.set<Table>(table, distinct);
      } catch (error) {
        const code = errorCode(error);
        if (code === 'EUNKNOWN') throw error;
        if (code !== 'ENOENT') snapshot.fail(name, code);
      }
    }
  }
}

function machineInfo(paths: NodePaths): readonly Entry<'machine_info'>[] {
  const { kernelVersion = '', osImage = '', bootId = '' } = readMachineIdentity(paths);
  const labels = [
    ['kernel_version', kernelVersion],
    ['os_image', osImage],
    ['boot_id', bootId],
  ] as const;
  const known = labels.filter(([, value]) => value !== '');
  return known.length === 0 ? [] : [{ labels: known, numbers: { one: 1 } }];
}

/** A label without a value is empty, because the kubelet always has all three. */
function hardwareEntry({ machineId = '', systemUuid = '', bootId = '', ...hardware }: Hardware): Entry<'hardware'> {
  const { physicalCores, sockets, books, drawers } = hardware;
  return {
    labels: [
      ['machine_id', machineId],
      ['system_uuid', systemUuid],
      ['boot_id', bootId],
    ],
    numbers: { physicalCores, sockets, books, drawers },
  };
}

function moduleEntries({ modules }: Hardware): readonly Entry<'memory_modules'>[] {
  return modules.map(({ type, count, bytes }) => ({ labels: [['type', type]], numbers: { count, bytes } }));
}

function diskEntries(
  devices: readonly BlockDevice[],
  { partitions, excludedDisks }: StorageChoice,
): readonly Entry<'disk'>[] {
  return (partitions ? devices : withoutPartitions(devices))
    .filter(({ name }) => !excludedDisks.test(name))
    .map(({ name, fields }) => ({ labels: [['device', name]], numbers: diskNumbers(fields) }));
}

/** The kernel's unit, whatever the sector size of the device. */
const SECTOR_BYTES = 512;

function diskNumbers(fields: readonly number[]): TableNumbers<'disk'> {
  const field = (number: number): number => fields[number - 1] ?? Number.NaN;
  return {
    reads: field(1),
    readBytes: field(3) * SECTOR_BYTES,
    readsMerged: field(2),
    readSectors: field(3),
    readMilliseconds: field(4),
    writes: field(5),
    writtenBytes: field(7) * SECTOR_BYTES,
    writesMerged: field(6),
    writtenSectors: field(7),
    writeMilliseconds: field(8),
    inFlight: field(9),
    busyMilliseconds: field(10),
    weightedMilliseconds: field(11),
  };
}
