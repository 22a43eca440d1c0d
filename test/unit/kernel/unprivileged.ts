/** The unprivileged user ID of the exporter on a node. */
const NOBODY = 65_534;

/** Calls `work` without root privileges; `work` must be synchronous. */
export function unprivileged<T>(work: () => T): T {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}
