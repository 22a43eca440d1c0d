import type { VolumeDocument } from './document.ts';

/**
 * Above which a figure is a trouble, in `top` and on the live page: those of the alerts in deploy/rules/alerts.yaml where
 * there is one. Shares, unless noted otherwise.
 */
export const LIMITS = {
  throttledPeriods: 0.25,
  /** Seconds per second. */
  throttledSeconds: 0.1,
  /** Anonymous memory, which cannot be reclaimed. */
  memory: 0.9,
  memoryStalled: 0.1,
  memoryWaiting: 0.1,
  ioStalled: 0.3,
  ioWaiting: 0.3,
  cpuWaiting: 0.5,
  threads: 0.9,
  retransmitted: { warning: 0.01, bad: 0.05 },
  /** Segments per second below which a share of retransmitted ones means nothing. */
  sentSegments: 10,
  /** Of the space or the inodes of a claim, what is left. */
  volumeLeft: { warning: 0.1, bad: 0.03 },
  /** Seconds for which a restart is a trouble. */
  restartSeconds: 600,
} as const;

/** The share of its space or inodes that a claim has left; 1 where it does not matter. */
export function shareLeft(volume: VolumeDocument): number {
  // Directories of the node's disk are as full as the disk, and nothing is written to a volume that is read-only.
  if (volume.persistentvolumeclaim === undefined || volume.readonly === true) return 1;
  const {
    capacity_bytes: capacity = 0,
    available_bytes: available = capacity,
    inodes = 0,
    inodes_used: used = 0,
  } = volume;
  return Math.min(capacity > 0 ? available / capacity : 1, inodes > 0 ? 1 - used / inodes : 1);
}
