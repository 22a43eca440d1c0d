import type { NodePaths } from '../kernel/hierarchies.ts';

/** Options for reading the node's storage. */
export interface StorageOptions {
  readonly paths: NodePaths;
  readonly choice: StorageChoice;
}

/** Which of the node's storage is exported. */
export interface StorageChoice {
  /** The kubelet's directory, as a path in our mount namespace. */
  readonly kubelet: string;
  readonly partitions: boolean;
  /** Names of devices to skip. */
  readonly excludedDisks: RegExp;
  readonly excludedMountPoints: RegExp;
  readonly excludedTypes: RegExp;
  /** Milliseconds within which file systems must answer. */
  readonly timeout: number;
}
