import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CpuUsage } from '../../src/snapshot/cpu-usage.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { SummaryView } from '../../src/views/summary/summary.ts';
import { neverSeen, unexplained, type Differences } from '../support/differences.ts';
import {
  comparedNodes,
  readingTime,
  withRecorded,
  type ComparedNode,
  type RecordedNode,
} from '../support/recorded-node.ts';
import { parseSummary, type Summary } from '../support/summary-schema.ts';
import { writtenText } from '../support/view-text.ts';

/** The kubelet's own `/stats/summary`, fetched just before and just after the files were read, is the judge. */

function kubelet(node: RecordedNode, when: 'before' | 'after', onlyCpuAndMemory = false): Summary {
  const name = onlyCpuAndMemory ? 'stats_summary_only_cpu_and_memory_true.json' : 'stats_summary.json';
  return parseSummary(readFileSync(join(node.folder, 'kubelet', when, name), 'utf8'));
}

function summary(node: RecordedNode, onlyCpuAndMemory = false): Promise<Summary> {
  const idle = ({ subjects }: Snapshot): Promise<CpuUsage> =>
    Promise.resolve(new Map(Object.values(subjects).flatMap((level) => level.map(({ id }) => [id, 0] as const))));
  const answer = new SummaryView({ nodeName: node.nodeName, cpuUsage: idle }).answer({ onlyCpuAndMemory });
  return withRecorded(node, answer.collectors, async (snapshot) => parseSummary(await writtenText(answer, snapshot)));
}

/**
 * Numbers and texts of a summary by what they are of: `pods/shop/web-0/containers/app/cpu/usageNanoCores`.
 */
function flat(value: unknown, path: string, into = new Map<string, unknown>()): Map<string, unknown> {
  if (Array.isArray(value)) {
    for (const element of value as readonly unknown[]) flat(element, `${path}/${nameOf(element)}`, into);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, own] of Object.entries(value)) flat(own, `${path}/${key}`, into);
  } else {
    into.set(path, value);
  }
  return into;
}

function nameOf(element: unknown): string {
  const { podRef, name } = element as { podRef?: { namespace: string; name: string }; name?: string };
  return podRef === undefined ? String(name) : `${podRef.namespace}/${podRef.name}`;
}

/** What the kubelet has and we do not, and why. */
const LEFT_OUT: Differences = [
  [/\/(?:fs|runtime|rootfs|logs|volume|ephemeral-storage)\//, 'file systems of the recorded node are not mounted here'],
  [
    /^\/pods\/(?:kube-system\/(?:hostnet|ds|static)|v1sys\/hostnet)[^/]*\/network\//,
    "the node's traffic is no pod's",
    '1.26',
  ],
  [/^\/pods\/ops\/(?:hostnet|ds-jz9hc)\/network\//, "the node's traffic is no pod's", 'v2-systemd-1.37-c'],
  [
    /^\/pods\/batch\/(?:oom|done-njl6l|swapper|crash\/containers\/crasher)\//,
    'had ended when the files were read, while this kubelet and the status took it for running',
    'v2-systemd-1.37-a',
  ],
  [/^\/pods\/batch\/(?:oom|crash\/containers\/crasher)\//, 'had ended likewise', 'v2-systemd-1.37-c'],
  [
    /^\/pods\/(?:shop\/multi\/containers\/[bc]|shop\/client\/containers\/curl|ops\/\S+\/containers\/(?:app|agent))\/memory\/availableBytes$/,
    'of containers whose names its cAdvisor had lost the kubelet asks the runtime, which gives the whole memory for none',
    'v2-systemd-1.37-a',
  ],
];

/** What we have and the kubelet has not, and why. */
const ADDED: Differences = [
  [/\/(?:psi|io|swap)\//, 'came with a later kubelet', '1.26'],
  [/^\/node\/systemContainers\/runtime\//, 'this kubelet was not told the cgroup of its runtime'],
  [
    /^\/pods\/(?:shop\/(?:client|imagevol|multi|throttled|volumes)|batch\/(?:throttled|swapper))\/network\//,
    'of sandboxes whose names its cAdvisor had lost the kubelet has no network',
    'v2-systemd-1.37-a',
  ],
  [
    /^\/pods\/(?:shop\/client|ops\/(?:ds-jz9hc|hostnet))\/process_stats\//,
    'nor the processes of their containers',
    'v2-systemd-1.37-a',
  ],
];

/** Of the v1 node only cgroups of pods and no first process were recorded. */
const NOT_RECORDED: Readonly<Record<string, RegExp>> = {
  'v1-cgroupfs': /^\/node\/(?:cpu|memory|network)\//,
};

/** Seconds from the start as the kubelet has it to that in the status, at most: of a container, and back for a pod. */
const SLOWEST_START: Readonly<Record<string, readonly [container: number, pod: number]>> = {
  'v1-cgroupfs': [1, 200],
  // Emulated machines, on which a start took seconds, and minutes where twenty pods were started at once.
  'v2-systemd': [7, 200],
  'v2-systemd-1.37-a': [130, 1000],
  'v2-systemd-1.37-c': [130, 1000],
};

/** Containers that had just begun: the kubelet knew less of them than the kernel. */
const YOUNG = /^\/pods\/v1batch\/oom\//;

const COUNTERS = /\/(?:usageCoreNanoSeconds|pageFaults|majorPageFaults|[rt]x(?:Bytes|Errors))$/;
const AMOUNTS = /\/(?:availableBytes|usageBytes|workingSetBytes|rssBytes|curproc)$/;

/** Numbers that mean something else, and why. */
const DIFFERENT: Differences = [
  [
    /^\/node\/memory\/(?:available|usage|workingSet|rss)Bytes$/,
    'of the root this kubelet counts all that is not free',
    '1.26',
  ],
  [
    /^\/pods\/(?:shop\/volumes|batch\/crash)\/memory\/\w+Bytes$/,
    'in the minute between the samples it writes and removes files, or starts a container',
    '1.37',
  ],
  [/^\/node\/systemContainers\/(?:kubelet|pods)\/memory\/\w+Bytes$/, 'moves by more in that minute', '1.37'],
  [/^\/node\/memory\/\w+Bytes$/, 'likewise', '1.37'],
];

/** What the kubelet says both before and after. */
function steadyKeys(node: RecordedNode, onlyCpuAndMemory = false): Set<string> {
  const before = flat(kubelet(node, 'before', onlyCpuAndMemory), '');
  if (onlyCpuAndMemory) return new Set(before.keys());
  const after = flat(kubelet(node, 'after'), '');
  return new Set([...before.keys()].filter((key) => after.has(key)));
}

interface Verdict {
  readonly counts: Readonly<Record<string, number>>;
  /** What contradicts the kubelet, and how. */
  readonly wrong: ReadonlyMap<string, string>;
}

/** Counters, by the time of the kubelet's samples. */
async function judgeCounters(node: ComparedNode): Promise<Verdict> {
  const ours = flat(await summary(node), '');
  const { begin, end } = readingTime(node);
  const counts = { below: 0, above: 0 };
  const wrong = new Map<string, string>();
  for (const [key, mine, theirs, time] of numbers(node, ours)) {
    if (!COUNTERS.test(key)) continue;
    // Their times are cut to seconds.
    const isBefore = time + 1000 <= begin;
    const isAfter = time >= end;
    if (isBefore) counts.below++;
    else if (isAfter) counts.above++;
    if ((isBefore && mine < theirs) || (isAfter && mine > theirs)) wrong.set(key, `${mine}, kubelet ${theirs}`);
  }
  return { counts, wrong };
}

/** Amounts, within what moved. */
async function judgeAmounts(node: ComparedNode): Promise<Verdict> {
  const ours = flat(await summary(node), '');
  const counts = { equal: 0, near: 0 };
  const wrong = new Map<string, string>();
  for (const [key, mine, theirs] of numbers(node, ours)) {
    if (!AMOUNTS.test(key)) continue;
    if (Math.abs(mine - theirs) > 2 ** 20) wrong.set(key, `${mine}, kubelet ${theirs}`);
    else counts[mine === theirs ? 'equal' : 'near']++;
  }
  return { counts, wrong };
}

/** What contradicts the kubelet for no reason that is named. */
function inexplicable(wrong: ReadonlyMap<string, string>, node: ComparedNode): string[] {
  return unexplained(wrong.keys(), DIFFERENT, node).map((key) => `${key}: ${wrong.get(key)}`);
}

for (const node of comparedNodes()) {
  for (const only of [false, true]) {
    test(`${node.name}: has what the kubelet has${only ? ' of CPU and memory' : ''}, and no more`, async () => {
      const ours = new Set(flat(await summary(node, only), '').keys());
      const theirs = steadyKeys(node, only);
      const missing = NOT_RECORDED[node.name] ?? /^$/;
      const lacking = unexplained(theirs, LEFT_OUT, node).filter(
        (key) => !ours.has(key) && !missing.test(key) && !YOUNG.test(key),
      );
      const more = unexplained(ours, ADDED, node).filter((key) => !theirs.has(key) && !YOUNG.test(key));
      assert.deepEqual({ lacking, more }, { lacking: [], more: [] });
      assert.ok([...ours].filter((key) => theirs.has(key)).length > 100);
    });
  }

  test(`${node.name}: names, UIDs and limits are the kubelet's`, async () => {
    const ours = flat(await summary(node), '');
    for (const when of ['before', 'after'] as const) {
      for (const [key, value] of flat(kubelet(node, when), '')) {
        if (/podRef|\/nodeName$|\/name$/.test(key) && ours.has(key)) assert.equal(ours.get(key), value, key);
      }
    }
    const limits = limitsOf(ours);
    const theirs = limitsOf(flat(kubelet(node, 'before'), ''));
    for (const [key, limit] of theirs) {
      if (!YOUNG.test(key) && limits.has(key)) assert.equal(limits.get(key), limit, key);
    }
    assert.ok(limits.size >= 4, `${limits.size}`);
  });

  test(`${node.name}: counters lie between the kubelet's samples`, async () => {
    const { counts, wrong } = await judgeCounters(node);
    assert.deepEqual(inexplicable(wrong, node), []);
    assert.ok((counts['below'] ?? 0) > 100, JSON.stringify(counts));
  });

  test(`${node.name}: amounts are the kubelet's, within what moved`, async () => {
    const { counts, wrong } = await judgeAmounts(node);
    assert.deepEqual(inexplicable(wrong, node), []);
    const { equal = 0, near = 0 } = counts;
    assert.ok(equal > 80 && equal > near, JSON.stringify(counts));
  });

  test(`${node.name}: start times are those of Kubernetes' status`, async () => {
    const ours = starts(await summary(node));
    const theirs = starts(kubelet(node, 'before'));
    // The kubelet computes the boot from the uptime; a rounding second lies between.
    assertApart(ours.node, theirs.node, 0, 1);
    // The kubelet's are those of the cgroup, and of the sandbox, which may have been recreated.
    const [slowest, oldest] = SLOWEST_START[node.name] ?? [0, 0];
    for (const [key, start] of ours.containers) assertApart(start, theirs.containers.get(key), 0, slowest);
    for (const [key, start] of ours.pods) assertApart(start, theirs.pods.get(key), -oldest, 0);
    assert.ok(ours.containers.size > 10);
  });
}

test('every key that is named as a difference is one', async () => {
  const unseen = await neverSeen([...LEFT_OUT, ...ADDED], comparedNodes(), async (node) => {
    const ours = new Set(flat(await summary(node), '').keys());
    const theirs = steadyKeys(node);
    return [...theirs].filter((key) => !ours.has(key)).concat([...ours].filter((key) => !theirs.has(key)));
  });
  assert.deepEqual(unseen, []);
});

test('every number that is named as different is', async () => {
  const unseen = await neverSeen(DIFFERENT, comparedNodes(), async (node) => {
    const verdicts = await Promise.all([judgeCounters(node), judgeAmounts(node)]);
    return verdicts.flatMap(({ wrong }) => [...wrong.keys()]);
  });
  assert.deepEqual(unseen, []);
});

/** Every number that both have, with the time of the kubelet's in milliseconds. */
function* numbers(
  node: RecordedNode,
  ours: ReadonlyMap<string, unknown>,
): Generator<readonly [key: string, mine: number, theirs: number, time: number]> {
  for (const when of ['before', 'after'] as const) {
    const theirs = flat(kubelet(node, when), '');
    for (const [key, value] of theirs) {
      const mine = ours.get(key);
      if (typeof value !== 'number' || typeof mine !== 'number' || YOUNG.test(key)) continue;
      const block = key.replace(/(?:\/interfaces\/[^/]+)?\/[^/]+$/, '');
      yield [key, mine, value, Date.parse(String(theirs.get(`${block}/time`)))];
    }
  }
}

interface Starts {
  readonly node: number;
  readonly pods: ReadonlyMap<string, number>;
  readonly containers: ReadonlyMap<string, number>;
}

/** Unix seconds. */
function starts({ node, pods }: Summary): Starts {
  const seconds = (time = ''): number => Date.parse(time) / 1000;
  return {
    node: seconds(node.startTime),
    pods: new Map(pods.map((pod) => [nameOf(pod), seconds(pod.startTime)])),
    containers: new Map(
      pods.flatMap((pod) =>
        pod.containers.map((container) => [`${nameOf(pod)}/${container.name}`, seconds(container.startTime)]),
      ),
    ),
  };
}

/** `later` lies so many seconds behind `earlier`. */
function assertApart(later = Number.NaN, earlier = Number.NaN, least = 0, most = 0): void {
  assert.ok(later - earlier >= least && later - earlier <= most, `${later} - ${earlier} is not ${least} to ${most}`);
}

/** Available memory and working set together, by what they are of. */
function limitsOf(values: ReadonlyMap<string, unknown>): ReadonlyMap<string, number> {
  const available = [...values].filter(([key]) => key.endsWith('/memory/availableBytes'));
  return new Map(
    available.map(([key, bytes]) => {
      const workingSet = values.get(key.replace('availableBytes', 'workingSetBytes'));
      return [key, Number(bytes) + Number(workingSet)];
    }),
  );
}
