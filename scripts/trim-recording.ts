import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, matchesGlob, relative } from 'node:path';

/**
 * Makes a golden node of a recording: `node scripts/trim-recording.ts RECORDING test/golden/nodes/NAME`, then
 * `npm run update`. Files are taken as they are, but only those that the exporter may read; of the kubelet's answers,
 * which judge it, the lines of the families that can be compared.
 */

/** What slices and services are read for; `hugetlb` tells the sizes of pages. */
const SLICE_FILES = ['cgroup.procs', 'cpu.stat', 'memory.{current,stat}', '{cpu,memory,io}.pressure', 'hugetlb.*'];

/** Counters, limits, weights and processes of pods and containers, on v1 and v2. */
const POD_FILES = SLICE_FILES.concat(
  'cpu.{max,weight,shares}',
  'cpu.cfs_{quota,period}_us',
  'cpuacct.{usage,stat}',
  'memory.{max,high,low,min,peak,events,swap.current,swap.max}',
  'memory.{usage,limit,max_usage,memsw.limit,kmem.usage}_in_bytes',
  'memory.{failcnt,oom_control}',
  'io.stat',
  'blkio.throttle.io_service*',
  'pids.{current,max,events}',
);

/** Of the v2 mount beside v1 only the pressure is read; of some hierarchies nothing. */
const UNREAD = [
  '**/cgroup/{cpuset,devices,freezer,systemd}/**',
  '**/cgroup/unified/**/cpu.stat',
  '**/hugetlb.*.{rsvd.*,numa_stat,events*}',
];

const HOST_FILES = [
  'diskstats',
  'loadavg',
  'meminfo',
  'stat',
  'sys/kernel/pid_max',
  'partitions',
  'uptime',
  'version',
  '1/mountinfo',
];
const PROCESS_FILES = ['stat', 'comm', 'cgroup', 'ns.json'];
const NETWORK_FILES = ['dev', 'snmp', 'netstat', 'snmp6', 'sockstat', 'sockstat6', 'tcp', 'tcp6'];

const COMPARED =
  /^(?:# (?:HELP|TYPE) )?(?:container_(?:cpu_(?!load)|memory_|network_|spec_(?!memory_reservation)|processes|threads|oom_events|start_time|fs_(?:reads|writes)_(?:bytes_)?total)|machine_(?:cpu_cores|memory))/;

const [source, target] = process.argv.slice(2);
if (source === undefined || target === undefined) throw new Error('trim-recording.ts RECORDING TARGET');
rmSync(target, { recursive: true, force: true });

const cgroups = join(source, 'node/sys/fs/cgroup');
const pids = new Set(['1']);
for (const path of readdirSync(cgroups, { recursive: true, encoding: 'utf8' })) {
  const file = join(cgroups, path);
  if (!isWanted(file)) continue;
  copy(file);
  if (!/kubepods.*cgroup\.procs$/.test(path)) continue;
  for (const pid of readFileSync(file, 'latin1').split('\n')) if (pid !== '') pids.add(pid);
}
for (const name of HOST_FILES) copy(join(source, 'node/proc', name));
for (const pid of pids) {
  for (const name of PROCESS_FILES) copy(join(source, 'node/proc', pid, name));
  for (const name of NETWORK_FILES) copy(join(source, 'node/proc', pid, 'net', name));
}
for (const name of ['pods.json', 'kubelet/before/pods.json', 'times.json']) copy(join(source, name));
for (const when of ['before', 'after']) {
  for (const name of ['metrics_resource.prom', 'stats_summary.json', 'stats_summary_only_cpu_and_memory_true.json']) {
    copy(join(source, 'kubelet', when, name));
  }
  copy(join(source, 'kubelet', when, 'metrics_cadvisor.prom'), comparedLines);
}

function isWanted(file: string): boolean {
  if (dirname(file) === cgroups && file.endsWith('/cgroup.controllers')) return true;
  return matches(file, file.includes('kubepods') ? POD_FILES : SLICE_FILES) && !matches(file, UNREAD);
}

function comparedLines(text: string): string {
  return text
    .split('\n')
    .filter((line) => line === '' || COMPARED.test(line))
    .join('\n');
}

function matches(file: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesGlob(file, pattern.startsWith('**') ? pattern : `**/${pattern}`));
}

/** A file that the recording does not have is left out. */
function copy(file: string, edit?: (text: string) => string): void {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return;
  const to = join(String(target), relative(String(source), file));
  const content = readFileSync(file);
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, edit === undefined ? content : edit(content.toString()));
}
