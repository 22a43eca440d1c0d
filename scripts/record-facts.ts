import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { RecordedTree } from './record-node.ts';
import { readme } from './record-readme.ts';
import type { RedactedPods } from './record-redact.ts';
import type { RecordingReport } from './record-report.ts';
import type { Recording } from './recording.ts';

/** What a recording is described by. */
export interface Described {
  readonly tree: RecordedTree;
  readonly nodeName: string;
  /** The node as the API server has it, if it was asked. */
  readonly node: unknown;
  readonly pods: RedactedPods;
}

interface NodeInfo {
  readonly kubeletVersion?: string;
  readonly containerRuntimeVersion?: string;
}

/** What of a pod is in the description. */
interface Pod {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: { readonly hostNetwork?: boolean; readonly containers?: readonly unknown[] };
  readonly status?: {
    readonly phase?: string;
    readonly qosClass?: string;
    readonly containerStatuses?: readonly { readonly containerID?: string }[];
  };
}

/** Writes `recording.json` and `README.md`. */
export function describeRecording(folder: string, described: Described, report: RecordingReport): void {
  const { tree, nodeName, node } = described;
  const info = (node as { readonly status?: { readonly nodeInfo?: NodeInfo } } | undefined)?.status?.nodeInfo ?? {};
  const { kubeletVersion } = info;
  const [begin, end] = [tree.begin, tree.end].map((time) => new Date(time).toISOString()) as [string, string];
  const recording: Recording = { nodeName, ...(kubeletVersion === undefined ? {} : { kubeletVersion }), begin, end };
  writeFileSync(join(folder, 'recording.json'), `${JSON.stringify(recording, undefined, 2)}\n`);
  const pods = described.pods.items as readonly Pod[];
  const facts = {
    name: basename(folder),
    nodeName,
    kernel: kernelOf(join(folder, 'node/proc')),
    mode: tree.mode,
    driver:
      globSync('**/kubepods.slice', { cwd: join(folder, 'node/sys/fs/cgroup') }).length > 0 ? 'systemd' : 'cgroupfs',
    runtime: info.containerRuntimeVersion?.replace('://', ' ') ?? runtimeOf(pods),
    kubernetes: `kubelet ${kubeletVersion?.slice(1) ?? 'of unknown version'}`,
    begin,
    milliseconds: tree.end - tree.begin,
    cgroups: tree.cgroups,
    processes: tree.processes,
    pods: pods.map(inWords),
  };
  writeFileSync(join(folder, 'README.md'), readme(facts, report));
}

function kernelOf(proc: string): string {
  const read = (name: string): string => (existsSync(join(proc, name)) ? readFileSync(join(proc, name), 'utf8') : '');
  const [, version = 'unknown'] = /^Linux version (\S+)/.exec(read('version')) ?? [];
  const [, kibibytes = '0'] = /^MemTotal: +(\d+) kB$/m.exec(read('meminfo')) ?? [];
  const cpus = read('stat').match(/^cpu\d+ /gm)?.length ?? 0;
  const swap = /^SwapTotal: +0 kB$/m.test(read('meminfo')) ? 'no swap' : 'swap';
  return `${version}, ${process.arch}, ${cpus} CPUs, ${Math.round(Number(kibibytes) / 2 ** 20)} GiB, ${swap}`;
}

/** The runtime's name, which stands in front of the IDs of its containers. */
function runtimeOf(pods: readonly Pod[]): string {
  const ids = pods.flatMap(({ status }) => status?.containerStatuses?.map(({ containerID }) => containerID) ?? []);
  return ids.find((id) => id?.includes('://'))?.split('://')[0] ?? 'unknown';
}

function inWords({ metadata, spec, status }: Pod): string {
  const words = [status?.phase, status?.qosClass, spec.hostNetwork === true ? 'host network' : undefined];
  const containers = `${spec.containers?.length ?? 0} containers`;
  return `\`${metadata.namespace}/${metadata.name}\`: ${[containers, ...words].filter(Boolean).join(', ')}`;
}
