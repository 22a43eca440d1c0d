import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { errorReason } from '../src/base/error-code.ts';
import { archive } from './record-archive.ts';
import { describeRecording } from './record-facts.ts';
import { Kubectl } from './record-kubectl.ts';
import { NodeRecorder } from './record-node.ts';
import { redactMachine, redactPods } from './record-redact.ts';
import { RecordingReport } from './record-report.ts';
import type { NodePaths } from '../src/kernel/hierarchies.ts';

/**
 * Records a node into a folder and an archive: `npm run record -- DIR`, as root on the node. It needs Node 24 and this
 * checkout, no package. What is removed is listed on standard output and in the recording's README.md.
 */
const USAGE = `npm run record -- DIR [flags]
  --pods=FILE         list of pods in JSON, as \`kubectl get pods --all-namespaces --output=json\` prints it; - for
                      standard input; asks kubectl by default
  --node-name=NAME    the node's name in Kubernetes (default: the host name)
  --kubeconfig=FILE   for kubectl
  --kubelet           also record the kubelet's endpoints before and after, through kubectl
  --path.procfs=DIR, --path.sysfs=DIR, --path.rootfs=DIR, --path.cgroup=DIR
                      as the exporter's flags`;

const OPTIONS = {
  pods: { type: 'string' },
  'node-name': { type: 'string', default: hostname().toLowerCase() },
  kubeconfig: { type: 'string' },
  kubelet: { type: 'boolean', default: false },
  'path.procfs': { type: 'string', default: '/proc' },
  'path.sysfs': { type: 'string', default: '/sys' },
  'path.rootfs': { type: 'string', default: '/' },
  'path.cgroup': { type: 'string' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/** Endpoints of the kubelet, by the file that has the answer. */
const ENDPOINTS = {
  'metrics_cadvisor.prom': '/metrics/cadvisor',
  'metrics_resource.prom': '/metrics/resource',
  'stats_summary.json': '/stats/summary',
} as const;
const ENDPOINTS_BEFORE = {
  'pods.json': '/pods',
  'stats_summary_only_cpu_and_memory_true.json': '/stats/summary?only_cpu_and_memory=true',
} as const;

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
  const [folder] = positionals;
  if (folder === undefined || positionals.length > 1) throw new Error(`usage: ${USAGE}`);
  if (process.getuid?.() !== 0) throw new Error('the processes of pods can only be read as root');
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new Error(`${folder} is not empty`);
  record(resolve(folder), values);
} catch (error) {
  console.error(`record: ${errorReason(error)}`);
  process.exitCode = 1;
}

function record(folder: string, values: Values): void {
  const report = new RecordingReport();
  const kubectl = new Kubectl(values.kubeconfig);
  const nodeName = values['node-name'];
  const asksKubectl = values.pods === undefined || values.kubelet;
  // First, so that a missing right is found before anything is written.
  const node = asksKubectl ? kubectl.json('get', 'node', nodeName) : undefined;
  mkdirSync(folder, { recursive: true });
  if (values.kubelet) recordKubelet('before', { folder, kubectl, nodeName, report });
  const tree = new NodeRecorder(pathsOf(values), join(folder, 'node'), report).record();
  if (values.kubelet) recordKubelet('after', { folder, kubectl, nodeName, report });
  const list = values.pods === undefined ? kubectl.json('get', 'pods', '--all-namespaces') : readList(values.pods);
  const pods = redactPods(list, nodeName, report);
  if (pods.items.length === 0) throw new Error(`the list has no pod of node ${nodeName}, set --node-name`);
  writeFileSync(join(folder, 'pods.json'), JSON.stringify(pods, undefined, 1));
  describeRecording(folder, { tree, nodeName, node, pods }, report);
  const { file, kibibytes } = archive(folder);
  for (const line of report.removed) console.log(`removed ${line}`);
  for (const line of report.unread) console.log(`could not read ${line}`);
  console.log(`${file}: ${kibibytes} KiB. Look through ${folder} before you send it.`);
}

function pathsOf(values: Values): NodePaths {
  const { 'path.procfs': procfs, 'path.sysfs': sysfs, 'path.rootfs': rootfs, 'path.cgroup': cgroup } = values;
  return { procfs, sysfs, rootfs, ...(cgroup === undefined ? {} : { cgroup }) };
}

/** @throws {Error} one line, if it cannot be read or is no JSON. */
function readList(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file === '-' ? process.stdin.fd : file, 'utf8'));
  } catch (error) {
    throw new Error(`cannot read the list of pods in ${file}: ${errorReason(error)}`, { cause: error });
  }
}

interface Asking {
  readonly folder: string;
  readonly kubectl: Kubectl;
  readonly nodeName: string;
  readonly report: RecordingReport;
}

/** Records what the kubelet reports; the list of pods is redacted as that of the API server. */
function recordKubelet(when: 'before' | 'after', { folder, kubectl, nodeName, report }: Asking): void {
  const to = join(folder, 'kubelet', when);
  mkdirSync(to, { recursive: true });
  const endpoints = when === 'before' ? { ...ENDPOINTS_BEFORE, ...ENDPOINTS } : ENDPOINTS;
  for (const [file, path] of Object.entries(endpoints)) {
    const answer = kubectl.kubelet(nodeName, path);
    const pods = (): string => JSON.stringify(redactPods(JSON.parse(answer), nodeName, report), undefined, 1);
    writeFileSync(join(to, file), file === 'pods.json' ? pods() : redactMachine(answer, report));
  }
}
