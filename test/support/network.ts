import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import type { CgroupTree } from './cgroups.ts';
import { launch } from './launch.ts';
import { idle } from './workloads.ts';

const SWITCH = 'switch';
const run = promisify(execFile);

/** Address of the stand-in's n-th pod. Every stand-in has the whole range to itself. */
export function podAddress(index: number): string {
  return `10.201.${Math.floor(index / 250)}.${(index % 250) + 2}`;
}

/**
 * A network between pods: a bridge in a network namespace of its own, with a veth pair to each pod's namespace.
 * Nothing of it is in the machine's namespace, so it is gone when its processes are.
 */
export class PodNetwork {
  readonly #switchPid: number;
  #ports = 0;

  private constructor(switchPid: number) {
    this.#switchPid = switchPid;
  }

  /** Needs root, `ip`, `nsenter` and `unshare`. The bridge's process lives in a cgroup `switch` of the tree. */
  static async create(tree: CgroupTree): Promise<PodNetwork> {
    tree.make(SWITCH);
    const { pid } = await launch(tree, { cgroup: SWITCH, network: 'new', argv: idle() });
    await configure(pid, ['link add pods type bridge', 'link set pods up']);
    return new PodNetwork(pid);
  }

  /** Gives the namespace of process `pid` an interface eth0 with `address`, on the bridge. */
  async connect(pid: number, address: string): Promise<void> {
    this.#ports += 1;
    const port = `pod${this.#ports}`;
    await configure(this.#switchPid, [
      `link add ${port} type veth peer name eth0 netns ${pid}`,
      `link set ${port} master pods up`,
    ]);
    await configure(pid, ['link set lo up', `addr add ${address}/16 dev eth0`, 'link set eth0 up']);
  }
}

/** Runs commands of ip(8) in the network namespace of a process. */
async function configure(pid: number, commands: readonly string[]): Promise<void> {
  const batch = run('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', '-batch', '-']);
  batch.child.stdin?.end(`${commands.join('\n')}\n`);
  await batch;
}
