/** Space and inodes of a file system, as far as they are known. */
type SpaceKey = 'size' | 'available' | 'used' | 'files' | 'filesFree' | 'filesUsed';

/** The tables of the node, for what is not a cgroup, and the keys of the numbers that the entries of each have. */
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
    | 'underWay'
    | 'busyMilliseconds'
    | 'weightedMilliseconds';
  readonly filesystem: Exclude<SpaceKey, 'filesUsed'> | 'free' | 'readonly' | 'deviceError';
  readonly volume: SpaceKey | 'stuck';
  readonly volume_info: 'one';
  readonly kubelet_fs: SpaceKey | 'stuck';
  readonly image_fs: SpaceKey | 'stuck';
}

/** The name of a table. */
export type Table = keyof TableKeys;

/** The numbers of an entry of a table by their keys; `undefined` or NaN where there is no sample. */
export type TableNumbers<T extends Table = Table> = Readonly<Partial<Record<TableKeys[T], number | undefined>>>;
