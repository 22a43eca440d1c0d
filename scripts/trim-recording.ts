import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { HOST_FILES, isTrimmedCgroupFile, NETWORK_FILES, PROCESS_FILES } from './recorded-files.ts';
import { readRecording, type Recording } from './recording.ts';

/**
 * Creates a golden node from a recording: `node scripts/trim-recording.ts RECORDING TARGET [NODE-NAME]`; then complete
 * README.md in TARGET and run `npm run update`. Files are copied unchanged, but only those that the exporter reads, and
 * the kubelet's endpoints that the tests compare. NODE-NAME is needed for a recording without `recording.json`.
 */
const [source = '', target = '', nodeName] = process.argv.slice(2);
if (target === '') throw new Error('usage: trim-recording.ts RECORDING TARGET [NODE-NAME]');

const ANSWERS = ['metrics_cadvisor.prom', 'metrics_resource.prom', 'stats_summary.json'];

for (const name of ['node', 'kubelet', 'pods.json', 'recording.json']) {
  rmSync(join(target, name), { recursive: true, force: true });
}
const pids = copyCgroups('node/sys/fs/cgroup');
for (const name of HOST_FILES) copy(`node/proc/${name}`);
for (const pid of pids) for (const name of PROCESS_FILES) copy(`node/proc/${pid}/${name}`);
copyNetworks(pids);
for (const when of ['before', 'after']) for (const name of ANSWERS) copy(`kubelet/${when}/${name}`);
for (const name of ['pods.json', 'stats_summary_only_cpu_and_memory_true.json']) copy(`kubelet/before/${name}`);
for (const name of ['pods.json', 'node/etc/os-release', ...filesBelow('node/sys/devices')]) copy(name);
writeFileSync(join(target, 'recording.json'), `${JSON.stringify(recording(), undefined, 2)}\n`);
trimReadme();

/** Copies the files of cgroups; returns the processes of pods, process 1 first. */
function copyCgroups(top: string): readonly string[] {
  const version = existsSync(join(source, top, 'cgroup.controllers')) ? 'v2' : 'v1';
  const processes = new Set(['1']);
  for (const path of filesBelow(top)) {
    if (!isTrimmedCgroupFile(path.slice(top.length + 1), version)) continue;
    copy(path);
    if (!/kubepods.*cgroup\.procs$/.test(path)) continue;
    const content = readFileSync(join(source, path), 'latin1');
    for (const pid of content.split('\n').filter(Boolean)) processes.add(pid);
  }
  return [...processes];
}

/** Paths of all files of the recording below a folder. */
function filesBelow(folder: string): readonly string[] {
  if (!existsSync(join(source, folder))) return [];
  const entries = readdirSync(join(source, folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(source, join(entry.parentPath, entry.name)));
}

/**
 * Copies the files of each network namespace once and links them for its other processes, so that the inode number of
 * `net/dev` identifies the namespace, as on a node.
 */
function copyNetworks(processes: readonly string[]): void {
  const owners = new Map<string, string>();
  for (const pid of processes.toSorted((left, right) => Number(hasNetwork(right)) - Number(hasNetwork(left)))) {
    const namespace = namespaceOf(pid);
    const owner = owners.get(namespace);
    if (owner !== undefined) {
      mkdirSync(join(target, `node/proc/${pid}`), { recursive: true });
      symlinkSync(`../${owner}/net`, join(target, `node/proc/${pid}/net`));
    } else if (hasNetwork(pid)) {
      owners.set(namespace, pid);
      for (const name of NETWORK_FILES) copy(`node/proc/${pid}/net/${name}`);
    }
  }
}

/** Whether the network files of the process were recorded. */
function hasNetwork(pid: string): boolean {
  return existsSync(join(source, `node/proc/${pid}/net/dev`));
}

/** The process' network namespace, or its own number if that was not recorded. */
function namespaceOf(pid: string): string {
  const file = join(source, `node/proc/${pid}/ns.json`);
  if (!existsSync(file)) return pid;
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly net?: string }).net ?? pid;
}

function recording(): Recording {
  if (nodeName === undefined) return readRecording(source);
  const times = json('times.json') as { readonly cg_start: string; readonly cg_end: string };
  const { items } = json('nodes.json') as {
    readonly items: readonly {
      readonly metadata: { readonly name: string };
      readonly status: { readonly nodeInfo: { readonly kubeletVersion: string } };
    }[];
  };
  const node = items.find(({ metadata }) => metadata.name === nodeName);
  if (node === undefined) throw new Error(`nodes.json has no node ${nodeName}`);
  const { kubeletVersion } = node.status.nodeInfo;
  return { nodeName, kubeletVersion, begin: times.cg_start, end: times.cg_end };
}

function json(name: string): unknown {
  return JSON.parse(readFileSync(join(source, name), 'utf8'));
}

/** Takes over the README of a recording, if the golden node has none yet. */
function trimReadme(): void {
  if (!existsSync(join(source, 'README.md')) || existsSync(join(target, 'README.md'))) return;
  const trimmed =
    '## Trimmed\n\nBy `scripts/trim-recording.ts`: files that the exporter does not read, and services of the host.\n\n';
  const text = readFileSync(join(source, 'README.md'), 'utf8').replace(/^# .*/, `# ${basename(target)}`);
  writeFileSync(join(target, 'README.md'), text.replace('## Not in it', `${trimmed}## Not in it`));
}

/** Skips a file that the recording does not have. */
function copy(path: string): void {
  const from = join(source, path);
  if (statSync(from, { throwIfNoEntry: false })?.isFile() !== true) return;
  mkdirSync(dirname(join(target, path)), { recursive: true });
  writeFileSync(join(target, path), readFileSync(from));
}
