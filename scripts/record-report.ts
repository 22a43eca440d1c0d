/** Counts what is removed from a recording and what could not be read. */
export class RecordingReport {
  readonly #removed = new Map<string, { times: number; bytes: number }>();
  readonly #unread = new Map<string, number>();

  /** Counts a piece of `bytes` that was removed or blanked; `what` names its kind. */
  remove(what: string, bytes: number): void {
    const counted = this.#removed.get(what) ?? { times: 0, bytes: 0 };
    this.#removed.set(what, { times: counted.times + 1, bytes: counted.bytes + bytes });
  }

  /** Counts a file that could not be read; `what` names its kind, and the error. */
  skip(what: string): void {
    this.#unread.set(what, (this.#unread.get(what) ?? 0) + 1);
  }

  /** A line per kind that was removed, in alphabetical order. */
  get removed(): readonly string[] {
    const kinds = [...this.#removed].toSorted(([left], [right]) => (left < right ? -1 : 1));
    return kinds.map(([what, { times, bytes }]) => `${what}: ${times} times, ${bytes} bytes`);
  }

  /** A line per kind that could not be read, in alphabetical order. */
  get unread(): readonly string[] {
    const kinds = [...this.#unread].toSorted(([left], [right]) => (left < right ? -1 : 1));
    return kinds.map(([what, times]) => `${what}: ${times} times`);
  }
}

/** What a recording never contains, because it is not read at all. */
export const NEVER_RECORDED: readonly string[] = [
  'environment and command lines of processes (`/proc/<pid>/environ`, `/proc/<pid>/cmdline`) and of the kernel (`/proc/cmdline`)',
  'open files of processes (`/proc/<pid>/fd`), and any file of a container or a volume',
  '`/etc/machine-id` and the serial numbers of the hardware',
];

/** What a recording contains of a node that may identify it or its users. */
export const KEPT: readonly string[] = [
  'names of nodes, namespaces, pods, containers, images, volumes, cgroups and network interfaces; labels of pods; owners',
  "addresses of the node and of its pods in `pods.json`; the first 15 characters of processes' names",
  'mount points and sources of the node and of the processes of pods, with the names of network file servers',
];
