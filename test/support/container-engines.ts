import { execFile, execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Cleanup } from './cleanup.ts';
import { mountedHierarchies } from './cgroup-mounts.ts';
import { Program } from './program.ts';
import { whyNoStandIn } from './requirements.ts';
import { until } from './until.ts';

const run = promisify(execFile);

/** A static one: the image has no libraries. */
const BUSYBOX = '/bin/busybox';

/** The cgroups in which the containers are: the second one is Podman's default with cgroupfs. */
const DOCKER_PARENT = 'pod-exporter-docker';
const PODMAN_PARENT = 'libpod_parent';

/** Where Podman places the monitors of its containers. */
const CONMON = 'conmon';

const IMAGE = 'localhost/busybox:1';

/** Why no engine can be started on this machine; `undefined` when it can. */
export function whyNoEngine(...programs: readonly string[]): string | undefined {
  const missing = [...programs, 'runc'].filter((program) => !isInstalled(program));
  if (missing.length > 0) return `needs ${missing.join(', ')}`;
  if (!existsSync(BUSYBOX)) return `needs ${BUSYBOX} (busybox-static)`;
  return whyNoStandIn();
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$0"', program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A running container engine with an image of busybox, in directories of its own. */
export class ContainerEngine {
  readonly socket: string;
  readonly #client: readonly string[];
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(socket: string, client: readonly string[], environment: NodeJS.ProcessEnv) {
    this.socket = socket;
    this.#client = client;
    this.#environment = environment;
  }

  /**
   * Docker's engine in a mount namespace of its own, without networks. Its cgroup parent is relative, so that on cgroup v1
   * containers are below the engine's own cgroup where it is not in the root.
   */
  static async docker(cleanup: Cleanup): Promise<ContainerEngine> {
    const directory = newDirectory(cleanup);
    const socket = join(directory, 'docker.sock');
    const program = await Program.start([
      'unshare',
      '--mount',
      '--propagation',
      'private',
      'dockerd',
      `--host=unix://${socket}`,
      `--data-root=${directory}/data`,
      `--exec-root=${directory}/exec`,
      `--pidfile=${directory}/pid`,
      '--iptables=false',
      '--ip6tables=false',
      '--bridge=none',
      '--storage-driver=vfs',
      '--exec-opt=native.cgroupdriver=cgroupfs',
      `--cgroup-parent=${DOCKER_PARENT}`,
    ]);
    cleanup.defer(() => removeParent(DOCKER_PARENT));
    cleanup.defer(() => program.stop());
    const engine = new ContainerEngine(socket, ['docker'], { ...process.env, DOCKER_HOST: `unix://${socket}` });
    await engine.#ready(program, directory);
    return engine;
  }

  /** Podman's service. runc, because crun refuses a hybrid hierarchy. */
  static async podman(cleanup: Cleanup): Promise<ContainerEngine> {
    const directory = newDirectory(cleanup);
    const socket = join(directory, 'podman.sock');
    writeFileSync(
      join(directory, 'containers.conf'),
      '[engine]\ncgroup_manager="cgroupfs"\nruntime="runc"\nevents_logger="file"\n' +
        '[containers]\ndefault_ulimits=["nofile=1024:1024","nproc=1024:1024"]\n',
    );
    const storage = `[storage]\ndriver="vfs"\ngraphroot="${directory}/graph"\nrunroot="${directory}/run"\n`;
    writeFileSync(join(directory, 'storage.conf'), storage);
    const environment = {
      CONTAINERS_CONF: join(directory, 'containers.conf'),
      CONTAINERS_STORAGE_CONF: join(directory, 'storage.conf'),
      TMPDIR: directory,
    };
    const argv = ['podman', 'system', 'service', '--time=0', `unix://${socket}`] as const;
    const program = await Program.start([...argv], { env: environment });
    cleanup.defer(() => removeParent(PODMAN_PARENT));
    cleanup.defer(() => program.stop());
    const engine = new ContainerEngine(socket, ['podman'], { ...process.env, ...environment });
    await engine.#ready(program, directory);
    return engine;
  }

  async #ready(program: Program, directory: string): Promise<void> {
    await until('the socket of the engine', () => {
      if (!program.running) throw new Error(`the engine exited: ${program.stderr}`);
      return existsSync(this.socket);
    });
    await until('an answer of the engine', () => this.client('version').then(Boolean, () => false));
    await this.client('import', imageOf(directory), IMAGE);
  }

  /** Standard output of the engine's client. */
  async client(...args: readonly string[]): Promise<string> {
    const [program = '', ...first] = this.#client;
    // conmon makes a file called oom in the current directory when a container exceeds its memory limit.
    const options = { env: this.#environment, cwd: dirname(this.socket) };
    const { stdout } = await run(program, [...first, ...args], options);
    return stdout.trim();
  }

  /** Starts a container, which is removed in the end; returns its ID. */
  async start(cleanup: Cleanup, flags: readonly string[], ...command: readonly string[]): Promise<string> {
    const id = await this.client('run', '--detach', ...flags, IMAGE, ...command);
    cleanup.defer(() => this.client('rm', '--force', id));
    return id;
  }
}

/** Monitors of containers exit a moment after their engine. */
const MAX_REMOVALS = 40;

/** Removes the directory in which an engine has placed containers, in each hierarchy, unless another engine uses it. */
async function removeParent(name: string): Promise<void> {
  const isLeft = (): boolean => mountedHierarchies().some(({ path }) => existsSync(join(path, name)));
  for (let attempt = 0; attempt < MAX_REMOVALS; attempt++) {
    removeEmpty(name);
    if (!isLeft()) return;
    await delay(50);
  }
}

function removeEmpty(name: string): void {
  const own = readFileSync('/proc/self/cgroup', 'latin1')
    .split('\n')
    .map((line) => line.split(':')[2] ?? '');
  for (const { path } of mountedHierarchies()) {
    for (const above of new Set(['/', ...own])) {
      for (const directory of [join(path, above, name, CONMON), join(path, above, name)]) {
        try {
          rmdirSync(directory);
        } catch {
          // Another engine uses it, or it was never there.
        }
      }
    }
  }
}

function newDirectory(cleanup: Cleanup): string {
  const directory = mkdtempSync(join(tmpdir(), 'pod-exporter-engine-'));
  cleanup.defer(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A tar of a root file system with busybox. */
function imageOf(directory: string): string {
  const bin = join(directory, 'rootfs/bin');
  mkdirSync(bin, { recursive: true });
  copyFileSync(BUSYBOX, join(bin, 'busybox'));
  for (const name of ['sh', 'sleep', 'tail', 'head', 'cat', 'dd', 'wc']) symlinkSync('busybox', join(bin, name));
  const tar = join(directory, 'image.tar');
  execFileSync('tar', ['-C', join(directory, 'rootfs'), '-cf', tar, '.']);
  return tar;
}
