/**
 * CPU usage in billionths of a core, by the ID of the subject, averaged over the time between two readings. A cgroup
 * that was not read both times is missing.
 */
export type CpuUsage = ReadonlyMap<number, number>;
