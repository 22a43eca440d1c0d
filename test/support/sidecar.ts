import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ENTER_CGROUP } from './launch.ts';
import { EXPORTER, Program } from './program.ts';
import type { RunningPod } from './running-pod.ts';
import { SETPRIV } from './setpriv.ts';
import type { StandInNode } from './stand-in-node.ts';
import type { Argv } from './workloads.ts';

/**
 * What a container finds at /sys/fs/cgroup: `mounted`, its own cgroup, as runtimes give it with a cgroup namespace, and
 * the node's at another path; `covered`, the node's; `private`, its own cgroup; `none`, nothing.
 */
export type CgroupView = 'mounted' | 'covered' | 'private' | 'none';

/** How the exporter is started in a pod. */
export interface SidecarOptions {
  /** Which of the pod's containers it is. */
  readonly container: string;
  readonly view: CgroupView;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The exporter without flags; that of the source tree by default. */
  readonly exporter?: Argv;
}

/** What `sh` does in the new mount namespace; `$1` is a folder. */
const MOUNTS: Readonly<Record<CgroupView, string>> = {
  mounted: `mount --rbind /sys/fs/cgroup "$1"
    for m in "$1" "$1"/*; do if mountpoint -q "$m"; then mount -o remount,bind,ro "$m" || exit 1; fi; done
    mount -t cgroup2 -o ro none /sys/fs/cgroup || exit 1`,
  covered: '',
  private: 'mount -t cgroup2 -o ro none /sys/fs/cgroup || exit 1',
  none: 'mount -t tmpfs none /sys/fs/cgroup || exit 1',
};

/** As with `readOnlyRootFilesystem`. */
const READ_ONLY = 'mount -o remount,bind,ro / || exit 1';

/** Cgroup, PID and mount namespaces of its own, as a container has them. */
const NAMESPACES = 'unshare --cgroup --pid --fork --kill-child --mount --mount-proc'.split(' ');

const FETCH = `const response = await fetch(process.argv[1]);
  process.stdout.write(JSON.stringify({ status: response.status, body: await response.text() }))`;

/** The exporter as a container of a stand-in pod: in its cgroup and network, in its own namespaces, without privileges. */
export class Sidecar {
  readonly #program: Program;
  readonly #pod: RunningPod;
  readonly #url: string;

  private constructor(program: Program, pod: RunningPod, url: string) {
    this.#program = program;
    this.#pod = pod;
    this.#url = url;
  }

  /** Starts it; resolves when it has logged what it found. */
  static async start(node: StandInNode, pod: RunningPod, options: SidecarOptions): Promise<Sidecar> {
    const program = await Program.start(sidecarArgv(node, pod, options), { env: options.env ?? {} });
    try {
      const sidecar = new Sidecar(program, pod, await program.listening());
      await program.logs(/msg=(?:found|"the cgroup)/);
      return sidecar;
    } catch (error) {
      await program.stop();
      throw error;
    }
  }

  /** Everything that it wrote on standard error. */
  get log(): string {
    return this.#program.stderr;
  }

  /** Its process ID in the namespace of this process. */
  get pid(): number {
    const { pid } = this.#program;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1'));
  }

  /** The body of a response, requested in the pod's network namespace; throws unless its status is 200. */
  async get(path: string): Promise<string> {
    const fetching = [process.execPath, '--input-type=module', '--eval', FETCH, this.#url + path];
    const { stdout, stderr } = await Program.run(['nsenter', `--net=/proc/${this.#pod.pausePid}/ns/net`, ...fetching]);
    if (stdout === '') throw new Error(`${path}: ${stderr}`);
    const { status, body } = JSON.parse(stdout) as { status: number; body: string };
    if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
    return body;
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }
}

/** The program and arguments that start the exporter in a pod. */
function sidecarArgv(node: StandInNode, pod: RunningPod, options: SidecarOptions): Argv {
  const { view, flags = [], exporter = EXPORTER } = options;
  const folder = mkdtempSync(join(node.tree.folder, 'sidecar-'));
  chmodSync(folder, 0o755);
  const { cgroup } = pod.container(options.container);
  const enterCgroup = ['sh', '-c', `${ENTER_CGROUP}; exec "$@"`, 'enter', ...node.tree.procsFiles(cgroup), '--'];
  const enterNetwork = ['nsenter', `--net=/proc/${pod.pausePid}/ns/net`];
  const mount = ['sh', '-c', `${MOUNTS[view]}\n${READ_ONLY}; shift; exec "$@"`, 'mounts', folder];
  const pathFlags = view === 'mounted' ? [`--path.cgroup=${folder}`] : [];
  return [
    ...enterCgroup,
    ...enterNetwork,
    ...NAMESPACES,
    ...mount,
    ...SETPRIV,
    ...exporter,
    '--scope=pod',
    '--web.listen-address=127.0.0.1:0',
    ...pathFlags,
    ...flags,
  ];
}
