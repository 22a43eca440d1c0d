import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  inWords,
  kindOf,
  kubeletRows,
  ownRows,
  type CadvisorRows,
  type KubeletRows,
} from '../support/cadvisor-rows.ts';
import { neverSeen, unexplained, type Differences } from '../support/differences.ts';
import type { Sample } from '../support/exposition.ts';
import { comparedNodes, readingTime, type ComparedNode } from '../support/recorded-node.ts';

/** The kubelet's own `/metrics/cadvisor`, fetched just before and just after the files were read, is the judge. */

/** What the kubelet has and we do not, and why. */
const LEFT_OUT: Differences = [
  [/^machine (?:cadvisor_version_info|machine_\w+)$/, 'what identifies the machine and the program was not recorded'],
  [/container_(?:file_descriptors|sockets)/, 'the directories /proc/PID/fd were not recorded'],
  [
    /^root container_(?:ulimits_soft|spec_cpu_shares)/,
    'the root has no such file, and its first process is a thread of the kernel',
  ],
  [/^slice container_start_time_seconds/, 'a slice is created, not started'],
  [/^(?:pod|slice|root) container_oom_events_total/, 'what was killed in a container is no kill of the pod itself'],
  [/^(?:pod|slice) container_processes/, 'a cgroup without processes of its own'],
  [
    /^root container_fs_(?:usage_bytes|limit_bytes|inodes_free|inodes_total) /,
    'file systems of the recorded node are not mounted here',
  ],
  [/^root container_fs_\w+ (?!\/dev\/vd[a-z] )\/\S+/, 'a mount is no block device: the kubelet repeats 0 for each'],
  [/^sandbox container_network_.* (?:hostnet|ds-\w+|static-\S+)$/, "the node's traffic is no pod's"],
  [/^root container_fs_\w+ overlay_\S+ \/$/, 'an overlay is no block device either', '1.37'],
  [/container_(?:cpu_load_average_10s|tasks_state)/, 'always 0', '1.26'],
  [/container_health_state/, "Docker's health check: -1 for every row with any other runtime", '1.37'],
  [
    /^root container_(?:memory_failcnt|memory_max_usage_bytes|spec_cpu_period|spec_memory_reservation_limit_bytes|threads|threads_max)/,
    'the root of v2 has no such file: always 0',
  ],
  [/^root container_memory_events_\w+/, 'the root of v2 has no such file: always 0', '1.37'],
  [
    /^nameless \S+ .*-ea037d024d5e\w+\.scope$/,
    'no container of the pod: the process of an attempt to start the sandbox that was abandoned',
    '1.37',
  ],
];

/** Of the v1 node only cgroups of pods and no first process were recorded. */
const NOT_RECORDED: Readonly<Record<string, RegExp>> = { 'v1-cgroupfs': /^root / };

/** What we have and that kubelet has not, and why. */
const ADDED: Differences = [
  [/^machine (?:cadvisor_version_info|machine_\w+)$/, 'what identifies the machine and the program was not recorded'],
  [/container_creation_time_seconds/, 'came with a later cAdvisor, as the next ones', '1.26'],
  [/container_memory_(?:events_\w+|file_dirty_bytes|file_writeback_bytes|pgscan_total|pgsteal_total)/, 'newer', '1.26'],
  [/container_memory_(?:workingset_refault_\w+|total_(?:in)?active_file_bytes|kernel_usage)/, 'newer', '1.26'],
  [/container_(?:cpu_cfs_burst_\w+|pressure_\w+)/, 'newer', '1.26'],
  [/container_blkio_device_usage_total \S+ Discard/, 'on v2 the kubelet leaves discards out'],
  [/^root container_fs_(?:reads|writes)_bytes_total/, 'from the disks of the machine, not from the cgroup'],
  [/^root container_fs_\w+ \/dev\/sr0 /, 'a drive of which nothing is mounted', '1.37'],
  [
    /^root container_fs_(?:io_\w+|\w+_merged_total|(?:read|write)_seconds_total|sector_\w+) \/dev\/vdb \/$/,
    'a disk of which nothing is mounted: the kubelet has only what the root cgroup counts',
    '1.37',
  ],
  [/^sandbox \S+ .*-99a3c97ac4d3\w+\.scope swapper$/, 'a sandbox that the kubelet had not found', '1.37'],
];

/** What we have of containers whose names the kubelet had lost, and it does not, and why. */
const ADDED_TO_RESTORED: Differences = [
  [/^sandbox container_network_/, 'of a cgroup that is no sandbox to it the kubelet reads no network', '1.37'],
  [/^(?:container|sandbox) container_ulimits_soft/, 'nor the limits of a process', '1.37'],
];

/** Containers and sandboxes whose names the kubelet had lost. */
const LOST_NAMES: Readonly<Record<string, { readonly container: number; readonly sandbox: number }>> = {
  'v2-systemd-1.37-a': { container: 5, sandbox: 9 },
};

/** Rows of which no difference is named, in words. */
function unexplainedRows(rows: readonly Sample[], known: Differences, node: ComparedNode): string[] {
  const missing = NOT_RECORDED[node.name] ?? /$^/;
  return unexplained(rows.map(inWords), known, node).filter((words) => !missing.test(words));
}

/** All that is compared of a node. */
interface Compared {
  readonly own: CadvisorRows;
  readonly before: KubeletRows;
  readonly after: KubeletRows;
}

const readings = new Map<string, Promise<Compared>>();

/** Reads a node once. */
function compared(node: ComparedNode, zeros = false): Promise<Compared> {
  const key = `${node.name} ${zeros}`;
  const read = async (): Promise<Compared> => {
    const own = await ownRows(node, zeros);
    return { own, before: kubeletRows(node, 'before', own), after: kubeletRows(node, 'after', own) };
  };
  const reading = readings.get(key) ?? read();
  readings.set(key, reading);
  return reading;
}

const COUNTERS = /_total$|^container_memory_failcnt$/;
const LIMITS = /^container_spec_(?!cpu_shares)|^container_(?:threads_max|ulimits_soft)$/;
const AMOUNTS = /^container_(?:memory_(?!failcnt|failures|max_usage)\w+|threads|processes)$/;

/** Numbers that differ by more than what moved between two readings, and why. */
const DIFFERENT: Differences = [
  [/\/podadea369b-f62e-42bc-b71e-1315ef5c9820\//, 'OOM-killed again and again: it was another process then', '1.26'],
  [/container_memory_failcnt .*\.slice/, 'on v2 the kubelet always gives 0'],
  [/^root container_memory_/, 'of the root this kubelet counts all that is not free', '1.26'],
  [/^root container_fs_\w+seconds_total/, 'the kubelet divides milliseconds by a thousand million'],
  [/^root container_spec_cpu_period/, 'of the v1 node the root was not recorded', '1.26'],
  [/container_memory_kernel_usage /, 'on v2 the kubelet always gives 0', '1.37'],
  [
    /^(?:pod|slice) container_memory_(?:cache|total_inactive_file_bytes|working_set_bytes) (?:.* volumes|\/kubepods\.slice)$/,
    'a pod that writes and removes files, in the minute between the samples',
    '1.37',
  ],
];

/** Seconds from the start of a container as the kubelet has it to that of its oldest process: least and most. */
const START_DIFFERENCE: Readonly<Record<string, readonly [least: number, most: number]>> = {
  // The kernel gives the time of the boot in whole seconds.
  '1.26': [-1, 1],
  // A later kubelet has an earlier moment, and the machine was an emulated one.
  '1.37': [0, 12],
};

/** The shares that the kubelet makes of a weight of v2. https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/2254-cgroup-v2 */
function sharesOf(weight: number): number {
  return Math.floor(2 + ((weight - 1) * 262_142) / 9999);
}

/** The weight that the kubelet writes for pods, and older versions of runc for containers. */
function linearWeight(shares: number): number {
  return Math.floor(1 + ((shares - 2) * 9999) / 262_142);
}

/** The weight that runc 1.5 writes for containers: 100 for 1024 shares. */
function curvedWeight(shares: number): number {
  const logarithm = Math.log2(shares);
  return Math.ceil(10 ** (logarithm ** 2 / 612 + (125 * logarithm) / 612 - 7 / 34));
}

/** A row of the kubelet's that ours contradicts, and how. */
type Contradiction = readonly [row: Sample, how: string];

/** What was compared, by kind, and what is wrong. */
interface Verdict<K extends string> {
  readonly counts: Record<K, number>;
  readonly wrong: Contradiction[];
}

/** Pairs of ours and the kubelet's rows that both have. */
function* pairs(own: CadvisorRows, ...theirs: readonly KubeletRows[]): Generator<readonly [Sample, Sample, string]> {
  for (const { rows } of theirs) {
    for (const [key, row] of rows) {
      const mine = own.get(key);
      if (mine !== undefined) yield [mine, row, key];
    }
  }
}

/** Counters, by the time of the kubelet's samples. */
async function judgeCounters(node: ComparedNode): Promise<Verdict<'below' | 'above'>> {
  const { own, before, after } = await compared(node);
  const { begin, end } = readingTime(node);
  const counts = { below: 0, above: 0 };
  const wrong: Contradiction[] = [];
  for (const [mine, row] of pairs(own, before, after)) {
    if (!COUNTERS.test(row.name)) continue;
    const { timestamp = Number.NaN, value } = row;
    if (timestamp <= begin) counts.below++;
    else if (timestamp >= end) counts.above++;
    const isWrong = (timestamp <= begin && mine.value < value) || (timestamp >= end && mine.value > value);
    if (isWrong) wrong.push([row, `${mine.value}, kubelet ${value} at ${timestamp}`]);
  }
  return { counts, wrong };
}

/** Limits. */
async function judgeLimits(node: ComparedNode): Promise<Verdict<'limits'>> {
  const { own, before } = await compared(node, true);
  const counts = { limits: 0 };
  const wrong: Contradiction[] = [];
  for (const [mine, row] of pairs(own, before)) {
    if (!LIMITS.test(row.name)) continue;
    counts.limits++;
    if (mine.value !== row.value) wrong.push([row, `${mine.value}, kubelet ${row.value}`]);
  }
  return { counts, wrong };
}

/** The start of containers. */
async function judgeStarts(node: ComparedNode): Promise<Verdict<'all' | 'same'>> {
  const { own, before } = await compared(node);
  const counts = { all: 0, same: 0 };
  const wrong: Contradiction[] = [];
  const [earliest, latest] = START_DIFFERENCE[node.kubelet] ?? [0, 0];
  for (const [mine, row] of pairs(own, before)) {
    if (row.name !== 'container_start_time_seconds' || kindOf(row) !== 'container') continue;
    counts.all++;
    const difference = mine.value - row.value;
    if (difference === 0) counts.same++;
    if (difference < earliest || difference > latest) wrong.push([row, `${mine.value}, kubelet ${row.value}`]);
  }
  return { counts, wrong };
}

/** Amounts, within what moved between the kubelet's samples. */
async function judgeAmounts(node: ComparedNode): Promise<Verdict<'equal' | 'near'>> {
  const { own, before, after } = await compared(node);
  const counts = { equal: 0, near: 0 };
  const wrong: Contradiction[] = [];
  for (const [{ value: mine }, row, key] of pairs(own, before)) {
    const later = after.rows.get(key)?.value;
    if (later === undefined || !AMOUNTS.test(row.name)) continue;
    const moved = Math.abs(later - row.value) + 2 ** 20;
    const [low, high] = [Math.min(row.value, later) - moved, Math.max(row.value, later) + moved];
    if (mine < low || mine > high) wrong.push([row, `${mine}, kubelet ${row.value} and ${later}`]);
    else counts[mine === row.value || mine === later ? 'equal' : 'near']++;
  }
  return { counts, wrong };
}

/** Shares, which on v2 the kubelet makes of a weight. */
async function judgeShares(node: ComparedNode): Promise<Verdict<'shares'>> {
  const { own, before } = await compared(node);
  const counts = { shares: 0 };
  const wrong: Contradiction[] = [];
  for (const [mine, row] of pairs(own, before)) {
    if (row.name !== 'container_spec_cpu_shares') continue;
    counts.shares++;
    const expected = kubeletShares(row, mine.value, node);
    if (expected !== row.value)
      wrong.push([row, `${mine.value}, of which the kubelet makes ${expected}, not ${row.value}`]);
  }
  return { counts, wrong };
}

/** What the kubelet makes of our shares; those of slices are made of a weight by us too. */
function kubeletShares(row: Sample, shares: number, { name, kubelet }: ComparedNode): number {
  const kind = kindOf(row);
  if (name.startsWith('v1-') || kind === 'slice') return shares;
  return sharesOf(kind === 'pod' || kubelet === '1.26' ? linearWeight(shares) : curvedWeight(shares));
}

/** Contradictions for which no reason is named. */
function inexplicable(wrong: readonly Contradiction[], node: ComparedNode): string[] {
  const rows = new Set(
    unexplained(
      wrong.map(([row]) => inWords(row)),
      DIFFERENT,
      node,
    ),
  );
  return wrong.flatMap(([row, how]) => (rows.has(inWords(row)) ? [`${inWords(row)}: ${how}`] : []));
}

for (const node of comparedNodes()) {
  test(`${node.name}: has the rows that the kubelet has, and no others`, async () => {
    const { own, before, after } = await compared(node);
    // A container may have come or gone in between.
    const lacking = [...before.rows].filter(([key]) => after.rows.has(key) && !own.has(key));
    const more = [...own].filter(([key]) => !before.rows.has(key) && !after.rows.has(key));
    const [restored, others] = [true, false].map((wanted) =>
      more.flatMap(([, row]) => (before.restored.has(row.labels['id'] ?? '') === wanted ? [row] : [])),
    );
    assert.deepEqual(
      {
        lacking: unexplainedRows(
          lacking.map(([, row]) => row),
          LEFT_OUT,
          node,
        ),
        more: unexplainedRows(others ?? [], ADDED, node),
        restored: unexplainedRows(restored ?? [], [...ADDED, ...ADDED_TO_RESTORED], node),
      },
      { lacking: [], more: [], restored: [] },
    );
    assert.ok([...own.keys()].filter((key) => before.rows.has(key)).length > 1000);
  });

  test(`${node.name}: has the names that the kubelet had lost`, async () => {
    const { own, before, after } = await compared(node);
    assert.deepEqual(before.restored, after.restored);
    const kinds = [...own.values()].flatMap((row) =>
      row.name === 'container_memory_usage_bytes' && before.restored.has(row.labels['id'] ?? '') ? [kindOf(row)] : [],
    );
    const counts = { container: 0, sandbox: 0, ...LOST_NAMES[node.name] };
    assert.deepEqual(kinds.toSorted(), [
      ...Array<string>(counts.container).fill('container'),
      ...Array<string>(counts.sandbox).fill('sandbox'),
    ]);
  });

  test(`${node.name}: with zeros it has what the kubelet always gives as 0`, async () => {
    const { own, before } = await compared(node, true);
    const always =
      /container_(?:cpu_load_average_10s|tasks_state)|^(?:pod|slice) container_(?:processes|oom_events_total)/;
    const lacking = [...before.rows].flatMap(([key, row]) => (always.test(inWords(row)) && !own.has(key) ? [row] : []));
    assert.deepEqual(unexplainedRows(lacking, [], node), []);
    assert.equal([...own.keys()].filter((key) => key.startsWith('container_tasks_state')).length % 5, 0);
  });

  test(`${node.name}: counters lie between the kubelet's samples`, async () => {
    const { counts, wrong } = await judgeCounters(node);
    assert.deepEqual(inexplicable(wrong, node), []);
    assert.ok(counts.below > 300, JSON.stringify(counts));
  });

  test(`${node.name}: limits are the kubelet's`, async () => {
    const { counts, wrong } = await judgeLimits(node);
    assert.deepEqual(inexplicable(wrong, node), []);
    assert.ok(counts.limits > 200, JSON.stringify(counts));
  });

  test(`${node.name}: containers start when the kubelet has them start`, async () => {
    const { counts, wrong } = await judgeStarts(node);
    assert.deepEqual(inexplicable(wrong, node), []);
    // On an emulated machine it is a fifth.
    assert.ok(counts.same > counts.all * (node.kubelet === '1.26' ? 0.9 : 0.2), JSON.stringify(counts));
    assert.ok(counts.all >= 14, JSON.stringify(counts));
  });

  test(`${node.name}: amounts are the kubelet's, within what moved`, async () => {
    const { counts, wrong } = await judgeAmounts(node);
    assert.deepEqual(inexplicable(wrong, node), []);
    assert.ok(counts.equal > counts.near, JSON.stringify(counts));
  });

  test(`${node.name}: shares are those of the request`, async () => {
    const { counts, wrong } = await judgeShares(node);
    assert.deepEqual(inexplicable(wrong, node), []);
    assert.ok(counts.shares > 40, `${counts.shares}`);
  });
}

test('every row that is named as a difference is one', async () => {
  const unseen = await neverSeen([...LEFT_OUT, ...ADDED, ...ADDED_TO_RESTORED], comparedNodes(), async (node) => {
    const { own, before } = await compared(node);
    const lacking = [...before.rows].filter(([key]) => !own.has(key));
    const more = [...own].filter(([key]) => !before.rows.has(key));
    return [...lacking, ...more].map(([, row]) => inWords(row));
  });
  assert.deepEqual(unseen, []);
});

test('every number that is named as different is', async () => {
  const unseen = await neverSeen(DIFFERENT, comparedNodes(), async (node) => {
    const verdicts = [judgeCounters, judgeLimits, judgeStarts, judgeAmounts, judgeShares].map((judge) => judge(node));
    return (await Promise.all<Verdict<string>>(verdicts)).flatMap(({ wrong }) => wrong.map(([row]) => inWords(row)));
  });
  assert.deepEqual(unseen, []);
});
