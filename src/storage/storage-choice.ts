import type { NodePaths } from '../kernel/hierarchies.ts';

/** What reading the node's storage needs. */
export interface StorageOptions {
  readonly paths: NodePaths;
  readonly choice: StorageChoice;
}

/** What of the node's storage is exported. */
export interface StorageChoice {
  /** Where the kubelet's directory is seen. */
  readonly kubelet: string;
  readonly partitions: boolean;
  /** Devices with a name that matches are left out. */
  readonly excludedDisks: RegExp;
  readonly excludedMountPoints: RegExp;
  readonly excludedTypes: RegExp;
  /** Milliseconds that a file system has to answer. */
  readonly timeout: number;
}
