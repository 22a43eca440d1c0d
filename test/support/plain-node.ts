import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { containerFolder, podPath } from './cgroup-layout.ts';
import { podObject, uuidOf } from './pod-object.ts';
import type { PodObject } from './pod-object.ts';

/** How a node of plain files is set up. */
export interface PlainNodeOptions {
  /** Names of pods to begin with; `web` unless said. */
  readonly pods?: readonly string[];
  /** Block devices that each pod has used, five series each for the pod and for its container; one unless said. */
  readonly devices?: number;
}

/** A pod of one container. */
export interface PlainPod {
  readonly name: string;
  /** As the API server shows it. */
  readonly object: PodObject;
  /** Its cgroup's folder. */
  readonly folder: string;
}

const NAMESPACE = 'shop';
const CONTAINER = 'app';

/** The files of every cgroup of such a node. */
const FILES: Readonly<Record<string, string>> = {
  'cgroup.procs': '',
  'cpu.max': 'max 100000',
  'cpu.stat': 'usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000',
  'cpu.weight': '100',
  'memory.current': '4096000',
  'memory.events': 'oom 0\noom_kill 0',
  'memory.high': 'max',
  'memory.low': '0',
  'memory.max': 'max',
  'memory.min': '0',
  'memory.stat': 'anon 2048000\nfile 1024000\ninactive_file 512000',
  'pids.current': '2',
  'pids.max': 'max',
};

/**
 * A cgroup v2 node made of plain files in a temporary folder, which needs no root and no kernel: for tests of what
 * the program does around the reading. How it reads is tested on recorded nodes and on real cgroups.
 */
export class PlainNode {
  readonly nodeName = 'plain-node';
  readonly folder = mkdtempSync(join(tmpdir(), 'pod-exporter-node-'));
  readonly #cgroups = join(this.folder, 'cgroup');
  readonly #pods = new Map<string, PlainPod>();
  /** How many block devices each pod has used. */
  readonly devices: number;

  constructor({ pods = ['web'], devices = 1 }: PlainNodeOptions = {}) {
    this.devices = devices;
    mkdirSync(join(this.folder, 'proc/pressure'), { recursive: true });
    writeFileSync(join(this.folder, 'proc/pressure/cpu'), 'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n');
    mkdirSync(this.#cgroups);
    writeFileSync(join(this.#cgroups, 'cgroup.controllers'), 'cpu io memory pids\n');
    for (const name of pods) this.addPod(name);
    this.writePods();
  }

  /** Flags that point the exporter at its files, without `--pods`. */
  get flags(): readonly string[] {
    return [
      `--path.procfs=${join(this.folder, 'proc')}`,
      `--path.cgroup=${this.#cgroups}`,
      `--node-name=${this.nodeName}`,
    ];
  }

  /** Where {@link writePods} writes. */
  get podsFile(): string {
    return join(this.folder, 'pods.json');
  }

  /** The pods that have not been removed, as the API server shows them. */
  get objects(): readonly PodObject[] {
    return [...this.#pods.values()].map(({ object }) => object);
  }

  /** The pod of that name; throws if there is none. */
  pod(name: string): PlainPod {
    const pod = this.#pods.get(name);
    if (pod === undefined) throw new Error(`no pod ${name}`);
    return pod;
  }

  /** Makes a pod's cgroups, the same for the same name; the list of pods is not written. */
  addPod(name: string): PlainPod {
    const { nodeName } = this;
    const uid = uuidOf(name);
    const id = createHash('sha256').update(name).digest('hex');
    const startedAt = new Date();
    const object = podObject(
      { namespace: NAMESPACE, name, containers: [{ name: CONTAINER, argv: ['true'] }] },
      {
        uid,
        configHash: undefined,
        nodeName,
        podIp: '10.0.0.1',
        createdAt: startedAt,
        containers: new Map([[CONTAINER, { id, restarts: 0, startedAt }]]),
      },
    );
    const folder = join(this.#cgroups, podPath('systemd', 'BestEffort', uid));
    this.#makeCgroup(folder);
    this.#makeCgroup(join(folder, containerFolder('systemd', id)));
    const pod = { name, object, folder };
    this.#pods.set(name, pod);
    return pod;
  }

  /** Removes a pod's cgroups; the list of pods is not written. */
  removePod(pod: PlainPod): void {
    rmSync(pod.folder, { recursive: true });
    this.#pods.delete(pod.name);
  }

  /** Writes a list of the pods that exist, renamed into place. */
  writePods(): void {
    this.replacePods(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: this.objects }));
  }

  /** Puts any text in place of the list of pods. */
  replacePods(text: string): void {
    writeFileSync(`${this.podsFile}.new`, text);
    renameSync(`${this.podsFile}.new`, this.podsFile);
  }

  /** Removes it from the disk. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #makeCgroup(folder: string): void {
    mkdirSync(folder, { recursive: true });
    const io = Array.from({ length: this.devices }, (_, device) => ioLine(device)).join('\n');
    for (const [name, content] of Object.entries({ ...FILES, 'io.stat': io })) {
      writeFileSync(join(folder, name), content === '' ? '' : `${content}\n`);
    }
  }
}

/** Numbers that look random, so that they cannot be compressed to nothing, and are the same each time. */
function ioLine(device: number): string {
  const digits = BigInt(`0x${uuidOf(String(device)).replaceAll('-', '')}`).toString();
  const number = (position: number): number => Number(digits.slice(position * 7, position * 7 + 15));
  return `8:${device} rbytes=${number(0)} wbytes=${number(1)} rios=${number(2)} wios=${number(3)} dbytes=${number(0)} dios=0`;
}
