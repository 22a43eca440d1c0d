import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CpuUsage } from '../../src/snapshot/cpu-usage.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { SummaryView } from '../../src/views/summary/summary.ts';
import { comparedNodes, readingTime, withRecorded, type RecordedNode } from '../support/recorded-node.ts';
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
const LEFT_OUT: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/\/(?:fs|runtime|rootfs|logs|volume|ephemeral-storage)\//, 'mounts of the recorded node cannot be asked any more'],
  [/^\/node\/systemContainers\/\w+\/startTime$/, 'the kernel does not keep when a cgroup was made'],
  [/^\/pods\/(?:kube-system\/(?:hostnet|ds|static)|v1sys\/hostnet)[^/]*\/network\//, "the node's traffic is no pod's"],
];

/** What we have and the kubelet has not. */
const ADDED: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/\/(?:psi|io|swap)\//, 'came with a later kubelet than the recorded one'],
  [/^\/node\/systemContainers\/runtime\//, 'this kubelet was not told the cgroup of its runtime'],
];

/** Of the v1 node only cgroups of pods and no first process were recorded. */
const NOT_RECORDED: Readonly<Record<string, RegExp>> = {
  'v1-cgroupfs': /^\/node\/(?:cpu|memory|network)\//,
};

/** Containers that had just begun: the kubelet knew less of them than the kernel. */
const YOUNG = /^\/pods\/v1batch\/oom\//;

const COUNTERS = /\/(?:usageCoreNanoSeconds|pageFaults|majorPageFaults|[rt]x(?:Bytes|Errors))$/;
const AMOUNTS = /\/(?:availableBytes|usageBytes|workingSetBytes|rssBytes|curproc)$/;

/** Numbers that mean something else, and why. */
const DIFFERENT: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/^\/node\/memory\/(?:available|usage|workingSet|rss)Bytes$/, 'of the root this kubelet counts all that is not free'],
  [
    /^\/(?:node\/systemContainers\/pods|pods\/v1\w+\/[^/]+|pods\/kube-system\/(?:ds-29tvm|static-agent-node-host))\/memory\/\w*[pP]ageFaults$/,
    'on v1 the kubelet counts those of processes in the cgroup itself, of which there are none',
  ],
  [/\/usageNanoCores$/, 'there is one recording, between which and the next lies a minute'],
  [/\/process_stats\//, 'the kubelet counts the processes in the cgroup of the pod itself, of which there are none'],
  [/\/maxpid$/, 'threads-max was not recorded'],
];

/** What the kubelet says both before and after. */
function steadyKeys(node: RecordedNode, onlyCpuAndMemory = false): Set<string> {
  const before = flat(kubelet(node, 'before', onlyCpuAndMemory), '');
  if (onlyCpuAndMemory) return new Set(before.keys());
  const after = flat(kubelet(node, 'after'), '');
  return new Set([...before.keys()].filter((key) => after.has(key)));
}

function excused(key: string, list: readonly (readonly [pattern: RegExp, why: string])[]): boolean {
  return list.some(([pattern]) => pattern.test(key));
}

for (const node of comparedNodes()) {
  for (const only of [false, true]) {
    test(`${node.name}: has what the kubelet has${only ? ' of CPU and memory' : ''}, and no more`, async () => {
      const ours = new Set(flat(await summary(node, only), '').keys());
      const theirs = steadyKeys(node, only);
      const missing = NOT_RECORDED[node.name] ?? /^$/;
      const lacking = [...theirs].filter(
        (key) => !ours.has(key) && !excused(key, LEFT_OUT) && !missing.test(key) && !YOUNG.test(key),
      );
      const more = [...ours].filter((key) => !theirs.has(key) && !excused(key, ADDED) && !YOUNG.test(key));
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
    const ours = flat(await summary(node), '');
    const { begin, end } = readingTime(node);
    const compared = { below: 0, above: 0 };
    for (const [key, mine, theirs, time] of numbers(node, ours)) {
      if (!COUNTERS.test(key) || excused(key, DIFFERENT)) continue;
      // Their times are cut to seconds.
      if (time + 1000 <= begin) {
        compared.below++;
        assert.ok(mine >= theirs, `${key}: ${mine} < ${theirs}`);
      } else if (time >= end) {
        compared.above++;
        assert.ok(mine <= theirs, `${key}: ${mine} > ${theirs}`);
      }
    }
    assert.ok(compared.below > 100, JSON.stringify(compared));
  });

  test(`${node.name}: amounts are the kubelet's, within what moved`, async () => {
    const ours = flat(await summary(node), '');
    const compared = { equal: 0, near: 0 };
    for (const [key, mine, theirs] of numbers(node, ours)) {
      if (!AMOUNTS.test(key) || excused(key, DIFFERENT)) continue;
      assert.ok(Math.abs(mine - theirs) <= 2 ** 20, `${key}: ${mine}, kubelet ${theirs}`);
      compared[mine === theirs ? 'equal' : 'near']++;
    }
    assert.ok(compared.equal > 80 && compared.equal > compared.near, JSON.stringify(compared));
  });

  test(`${node.name}: start times are those of Kubernetes' status`, async () => {
    const ours = starts(await summary(node));
    const theirs = starts(kubelet(node, 'before'));
    // The kubelet computes the boot from the uptime; a rounding second lies between.
    assertApart(ours.node, theirs.node, 0, 1);
    // The kubelet's are those of the cgroup, and of the sandbox, which may have been made anew.
    const slowest = node.name === 'v2-systemd' ? 7 : 1;
    for (const [key, start] of ours.containers) assertApart(start, theirs.containers.get(key), 0, slowest);
    for (const [key, start] of ours.pods) assertApart(start, theirs.pods.get(key), -200, 0);
    assert.ok(ours.containers.size > 10);
  });
}

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
