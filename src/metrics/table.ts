/** Space and inodes of a file system, as far as available. */
type SpaceKey = 'size' | 'available' | 'used' | 'files' | 'filesFree' | 'filesUsed';

/** Tables of the node for everything that is not a cgroup, with the keys of their numbers. */
export interface TableKeys {
  readonly machine: 'cores' | 'memory' | 'swap';
  readonly machine_info: 'one';
  readonly hardware: 'physicalCores' | 'sockets' | 'books' | 'drawers';
  readonly memory_modules: 'count' | 'bytes';
  readonly disk:
    | 'reads'
    | 'readBytes'
    | 'readsMerged'
    | 'readSectors'
    | 'readMilliseconds'
    | 'writes'
    | 'writtenBytes'
    | 'writesMerged'
    | 'writtenSectors'
    | 'writeMilliseconds'
    | 'inFlight'
    | 'busyMilliseconds'
    | 'weightedMilliseconds';
  readonly filesystem: Exclude<SpaceKey, 'filesUsed'> | 'free' | 'readonly' | 'deviceError';
  readonly volume: SpaceKey | 'readonly' | 'stuck';
  readonly volume_info: 'one';
  readonly kubelet_fs: SpaceKey | 'stuck';
  readonly image_fs: SpaceKey | 'stuck';
  readonly container_fs: SpaceKey | 'stuck';
}

/** The name of a table. */
export type Table = keyof TableKeys;

/** The numbers of a table entry by key; `undefined` or NaN for no sample. */
export type TableNumbers<T extends Table = Table> = Readonly<Partial<Record<TableKeys[T], number | undefined>>>;
