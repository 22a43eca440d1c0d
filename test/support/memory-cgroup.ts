import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { mountedHierarchies } from './cgroup-mounts.ts';
import { ownedName } from './owner.ts';
import { removeCgroup } from './removal.ts';
import type { Argv } from './workloads.ts';

/** Why processes cannot be limited on this machine, in words for a skipped test; `false` when they can. */
export const whyNoMemoryCgroup =
  process.getuid?.() !== 0 ? 'needs root' : hierarchy() === undefined && 'needs a memory cgroup';

/** A cgroup with a memory limit, as a container of that limit has. */
export class MemoryCgroup {
  readonly #name = ownedName();
  readonly #folder: string;
  readonly #isVersion2: boolean;

  /** `limit` in bytes. */
  constructor(limit: number) {
    const found = hierarchy();
    if (found === undefined) throw new Error('no memory cgroup');
    this.#folder = join(found.path, this.#name);
    this.#isVersion2 = found.version === 2;
    mkdirSync(this.#folder);
    writeFileSync(join(this.#folder, this.#isVersion2 ? 'memory.max' : 'memory.limit_in_bytes'), String(limit));
  }

  /** Program and arguments that run another program in it. */
  get wrapper(): Argv {
    return ['sh', '-c', 'echo $$ >"$0" && exec "$@"', join(this.#folder, 'cgroup.procs')];
  }

  /** Processes killed by the OOM killer. */
  get oomKills(): number {
    const file = this.#isVersion2 ? 'memory.events' : 'memory.oom_control';
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(this.#folder, file), 'latin1'))?.[1]);
  }

  /** Bytes at most so far, page cache included. */
  get peak(): number {
    const file = this.#isVersion2 ? 'memory.peak' : 'memory.max_usage_in_bytes';
    return Number(readFileSync(join(this.#folder, file), 'latin1'));
  }

  /** Bytes in use without inactive page cache; kernel memory included. */
  get charged(): number {
    const usage = this.#isVersion2 ? 'memory.current' : 'memory.usage_in_bytes';
    const inactive = this.#isVersion2 ? 'inactive_file' : 'total_inactive_file';
    const [bytes = '', stat = ''] = [usage, 'memory.stat'].map((file) =>
      readFileSync(join(this.#folder, file), 'latin1'),
    );
    return Number(bytes) - Number(new RegExp(`^${inactive} (\\d+)$`, 'm').exec(stat)?.[1]);
  }

  /** Kills what runs in it and removes it. */
  remove(): Promise<void> {
    return removeCgroup(this.#name);
  }
}

function hierarchy(): ReturnType<typeof mountedHierarchies>[number] | undefined {
  return mountedHierarchies().find(({ version, path }) =>
    version === 1
      ? existsSync(join(path, 'memory.limit_in_bytes')) || existsSync(join(path, 'memory.use_hierarchy'))
      : readFileSync(join(path, 'cgroup.subtree_control'), 'latin1').includes('memory'),
  );
}
