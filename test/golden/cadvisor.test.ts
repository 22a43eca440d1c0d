import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cadvisorWanted } from '../../src/metrics/cadvisor/collectors.ts';
import { CadvisorView } from '../../src/views/cadvisor/cadvisor.ts';
import type { Sample } from '../support/exposition.ts';
import { comparedNodes, readingTime, withRecorded, type RecordedNode } from '../support/recorded-node.ts';
import { SampleTable } from '../support/sample-table.ts';
import { writtenText } from '../support/view-text.ts';

/** The kubelet's own `/metrics/cadvisor`, fetched just before and just after the files were read, is the judge. */

function ours(node: RecordedNode, zeros: boolean): Promise<SampleTable> {
  const compat = { zeros, pauseImage: 'registry.local/pause:1', hostNetwork: false };
  return withRecorded(node, cadvisorWanted, async (snapshot, plan) => {
    const view = new CadvisorView({ plan, compat, version: 'test' });
    return new SampleTable(await writtenText(view.answer({ timestamps: false }), snapshot));
  });
}

function theirs(node: RecordedNode, when: 'before' | 'after'): SampleTable {
  return new SampleTable(readFileSync(join(node.folder, 'kubelet', when, 'metrics_cadvisor.prom'), 'utf8'));
}

/** What a row stands for. */
function kindOf({ labels }: Sample): string {
  const { id, container, name, pod } = labels;
  if (id === undefined) return 'machine';
  if (id === '/') return 'root';
  if (container !== '') return 'container';
  if (name !== '') return 'sandbox';
  return pod === '' ? 'slice' : 'pod';
}

/** A row in words: what it stands for and its family, and what else tells it from others. */
function inWords(sample: Sample): string {
  const { device = '', interface: network = '', operation = '', id = '', pod = '' } = sample.labels;
  return [kindOf(sample), sample.name, device, network, operation, id, pod].filter((word) => word !== '').join(' ');
}

type Differences = readonly (readonly [pattern: RegExp, why: string])[];

/** What the kubelet has and we do not, and why. */
const LEFT_OUT: Differences = [
  [/^machine (?:cadvisor_version_info|machine_\w+)$/, 'what tells the machine and the program apart was not recorded'],
  [/container_(?:file_descriptors|sockets)/, 'the directories /proc/PID/fd were not recorded'],
  [
    /^root container_(?:ulimits_soft|spec_cpu_shares)/,
    'the root has no such file, and its first process is a thread of the kernel',
  ],
  [/^slice container_start_time_seconds/, 'the kernel does not say when a cgroup was made'],
  [/^(?:pod|slice|root) container_oom_events_total/, 'what was killed in a container is no kill of the pod itself'],
  [/^(?:pod|slice) container_processes/, 'a cgroup without processes of its own'],
  [
    /^root container_fs_(?:usage_bytes|limit_bytes|inodes_free|inodes_total) /,
    'mounts of the recorded node cannot be asked any more',
  ],
  [/^root container_fs_\w+ (?!\/dev\/vd[a-z] )\/\S+/, 'a mount is no block device: the kubelet repeats 0 for each'],
  [/^sandbox container_network_.* (?:hostnet|ds-\w+|static-\S+)$/, "the node's traffic is no pod's"],
  [/container_(?:cpu_load_average_10s|tasks_state)/, 'always 0'],
  [
    /^root container_(?:memory_failcnt|memory_max_usage_bytes|spec_cpu_period|spec_memory_reservation_limit_bytes|threads|threads_max)/,
    'the root of v2 has no such file: always 0',
  ],
];

/** Of the v1 node only cgroups of pods and no first process were recorded. */
const NOT_RECORDED: Readonly<Record<string, RegExp>> = { 'v1-cgroupfs': /^root / };

/** What we have and the kubelet of that time had not, and why. */
const ADDED: Differences = [
  [/^machine (?:cadvisor_version_info|machine_\w+)$/, 'what tells the machine and the program apart was not recorded'],
  [/container_creation_time_seconds/, 'came with a later cAdvisor, as the next ones'],
  [/container_memory_(?:events_\w+|file_dirty_bytes|file_writeback_bytes|pgscan_total|pgsteal_total)/, 'newer'],
  [/container_memory_(?:workingset_refault_\w+|total_(?:in)?active_file_bytes|kernel_usage)/, 'newer'],
  [/container_(?:cpu_cfs_burst_\w+|pressure_\w+)/, 'newer'],
  [/container_blkio_device_usage_total \S+ Discard/, 'on v2 the kubelet leaves discards out'],
  [/^root container_fs_(?:reads|writes)_bytes_total/, 'from the disks of the machine, not from the cgroup'],
];

/** A container that was killed and started again and again: the kubelet's sample was of an earlier moment. */
const KILLED = /\/podadea369b-f62e-42bc-b71e-1315ef5c9820\//;

function unexplained(keys: Iterable<readonly [string, Sample]>, known: Differences, node: RecordedNode): string[] {
  const missing = NOT_RECORDED[node.name] ?? /$^/;
  return [...keys]
    .map(([, sample]) => inWords(sample))
    .filter((words) => !known.some(([pattern]) => pattern.test(words)) && !missing.test(words));
}

function keyOf({ name, labels }: Sample): string {
  return `${name} ${JSON.stringify(Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1)))}`;
}

function byKey({ samples }: SampleTable): Map<string, Sample> {
  return new Map(samples.map((sample) => [keyOf(sample), sample]));
}

const COUNTERS = /_total$|^container_memory_failcnt$/;
const LIMITS = /^container_spec_(?!cpu_shares)|^container_(?:threads_max|ulimits_soft)$/;
const AMOUNTS = /^container_(?:memory_(?!failcnt|failures|max_usage)\w+|threads|processes)$/;

/** Numbers that mean something else, and why. */
const DIFFERENT: Differences = [
  [KILLED, 'it was another process then'],
  [/container_memory_failcnt .*\.slice/, 'on v2 the kubelet always gives 0'],
  [/^root container_memory_/, 'of the root this kubelet counts all that is not free'],
  [/^root container_fs_\w+seconds_total/, 'the kubelet divides milliseconds by a thousand million'],
  [/^root container_spec_cpu_period/, 'of the v1 node the root was not recorded'],
];

for (const node of comparedNodes()) {
  test(`${node.name}: has the rows that the kubelet has, and no others`, async () => {
    const own = byKey(await ours(node, false));
    const before = byKey(theirs(node, 'before'));
    const after = byKey(theirs(node, 'after'));
    // A container may have come or gone in between.
    const lacking = [...before].filter(([key]) => after.has(key) && !own.has(key));
    const more = [...own].filter(([key]) => !before.has(key) && !after.has(key));
    assert.deepEqual(
      { lacking: unexplained(lacking, LEFT_OUT, node), more: unexplained(more, ADDED, node) },
      { lacking: [], more: [] },
    );
    assert.ok([...own.keys()].filter((key) => before.has(key)).length > 1000);
  });

  test(`${node.name}: with zeros it has what the kubelet always gives as 0`, async () => {
    const own = byKey(await ours(node, true));
    const before = byKey(theirs(node, 'before'));
    const always =
      /container_(?:cpu_load_average_10s|tasks_state)|^(?:pod|slice) container_(?:processes|oom_events_total)/;
    const lacking = [...before].filter(([key, sample]) => always.test(inWords(sample)) && !own.has(key));
    assert.deepEqual(unexplained(lacking, [], node), []);
    assert.equal([...own.keys()].filter((key) => key.startsWith('container_tasks_state')).length % 5, 0);
  });

  test(`${node.name}: counters lie between the kubelet's samples`, async () => {
    const own = byKey(await ours(node, false));
    const { begin, end } = readingTime(node);
    const compared = { below: 0, above: 0 };
    for (const when of ['before', 'after'] as const) {
      for (const [key, sample] of byKey(theirs(node, when))) {
        const mine = own.get(key);
        const words = inWords(sample);
        if (mine === undefined || !COUNTERS.test(sample.name) || DIFFERENT.some(([pattern]) => pattern.test(words)))
          continue;
        const { timestamp = Number.NaN, value } = sample;
        if (timestamp <= begin) {
          compared.below++;
          assert.ok(mine.value >= value, `${words}: ${mine.value} < ${value}`);
        } else if (timestamp >= end) {
          compared.above++;
          assert.ok(mine.value <= value, `${words}: ${mine.value} > ${value}`);
        }
      }
    }
    assert.ok(compared.below > 300, JSON.stringify(compared));
  });

  test(`${node.name}: limits and the start of containers are the kubelet's`, async () => {
    const own = byKey(await ours(node, true));
    const compared = { limits: 0, same: 0, near: 0 };
    for (const [key, sample] of byKey(theirs(node, 'before'))) {
      const mine = own.get(key);
      const words = inWords(sample);
      if (mine === undefined || DIFFERENT.some(([pattern]) => pattern.test(words))) continue;
      if (LIMITS.test(sample.name)) {
        compared.limits++;
        assert.equal(mine.value, sample.value, words);
      } else if (sample.name === 'container_start_time_seconds' && kindOf(sample) === 'container') {
        compared[mine.value === sample.value ? 'same' : 'near']++;
        // The kernel gives the time of the boot in whole seconds.
        assert.ok(Math.abs(mine.value - sample.value) <= 1, `${words}: ${mine.value}, kubelet ${sample.value}`);
      }
    }
    assert.ok(compared.limits > 200 && compared.same > 10 * compared.near, JSON.stringify(compared));
  });

  test(`${node.name}: amounts are the kubelet's, within what moved`, async () => {
    const own = byKey(await ours(node, false));
    const after = byKey(theirs(node, 'after'));
    const compared = { equal: 0, near: 0 };
    for (const [key, { value, ...sample }] of byKey(theirs(node, 'before'))) {
      const mine = own.get(key);
      const later = after.get(key);
      const words = inWords({ ...sample, value });
      if (mine === undefined || later === undefined || !AMOUNTS.test(sample.name)) continue;
      if (DIFFERENT.some(([pattern]) => pattern.test(words))) continue;
      const moved = Math.abs(later.value - value) + 2 ** 20;
      const [low, high] = [Math.min(value, later.value) - moved, Math.max(value, later.value) + moved];
      assert.ok(
        mine.value >= low && mine.value <= high,
        `${words}: ${mine.value}, kubelet ${value} and ${later.value}`,
      );
      compared[mine.value === value || mine.value === later.value ? 'equal' : 'near']++;
    }
    assert.ok(compared.equal > compared.near, JSON.stringify(compared));
  });

  test(`${node.name}: shares are those of the request`, async () => {
    const own = byKey(await ours(node, false));
    let compared = 0;
    for (const [key, sample] of byKey(theirs(node, 'before'))) {
      const mine = own.get(key);
      if (mine === undefined || sample.name !== 'container_spec_cpu_shares') continue;
      compared++;
      // The kubelet turns a weight of v2 back into shares, which loses up to a 26th of a weight's step.
      assert.ok(
        Math.abs(mine.value - sample.value) <= 27,
        `${inWords(sample)}: ${mine.value}, kubelet ${sample.value}`,
      );
    }
    assert.ok(compared > 40, `${compared}`);
  });
}

test('every difference that is named is one', async () => {
  const unseen = new Set([...LEFT_OUT, ...ADDED].map(([pattern]) => pattern));
  for (const node of comparedNodes()) {
    const own = byKey(await ours(node, false));
    const before = byKey(theirs(node, 'before'));
    const differing = [...before].filter(([key]) => !own.has(key)).concat([...own].filter(([key]) => !before.has(key)));
    for (const [, sample] of differing) {
      for (const pattern of unseen) if (pattern.test(inWords(sample))) unseen.delete(pattern);
    }
  }
  assert.deepEqual([...unseen], []);
});
