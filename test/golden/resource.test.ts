import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ResourceView } from '../../src/views/resource/resource.ts';
import { parseExposition, type Sample } from '../support/exposition.ts';
import { parseAsMetricsServer } from '../support/metrics-server.ts';
import { promtool, whyNoPromtool } from '../support/promtool.ts';
import { comparedNodes, readingTime, withRecorded, type RecordedNode } from '../support/recorded-node.ts';
import { writtenText } from '../support/view-text.ts';

/** The kubelet's own `/metrics/resource`, fetched just before and just after the files were read, is the judge. */

function kubelet(node: RecordedNode, when: 'before' | 'after'): string {
  return readFileSync(join(node.folder, 'kubelet', when, 'metrics_resource.prom'), 'utf8');
}

function resource(node: RecordedNode): Promise<string> {
  const view = new ResourceView();
  return withRecorded(node, view.collectors, (snapshot) => writtenText(view, snapshot));
}

/** Families of ours that a kubelet does not have. */
const ADDED: Readonly<Record<string, RegExp>> = {
  // They came later.
  '1.26': /^(?:container_swap_(?:usage|limit)|node_swap_usage|pod_swap_usage)_bytes$|^resource_scrape_error$/,
};

/** A family of older kubelets, hidden since 1.29. */
const HIDDEN = 'scrape_error';

/** The v1 recording has the cgroups of the pods, but not the root. */
const WITHOUT_ROOT: Readonly<Record<string, RegExp>> = {
  'v1-cgroupfs': /^node_(?:cpu_usage_seconds_total|memory_working_set_bytes)$/,
};

/** What had ended when the files were read, while this kubelet and the status took it for running. */
const ENDED: Readonly<Record<string, RegExp>> = {
  'v2-systemd-1.37-a': /"pod":"(?:done-njl6l|oom)"/,
  'v2-systemd-1.37-c': /"container":"crasher"|"pod":"oom"/,
};

/** Pods that metrics-server drops whole, because the kubelet gives a container that has ended a CPU time of 0. */
const DROPPED: Readonly<Record<string, readonly string[]>> = { 'v2-systemd-1.37-c': ['batch/crash'] };

/** Pods whose memory moves by more than 1 MiB in the minute between two samples of an emulated machine. */
const MOVING: Readonly<Record<string, RegExp>> = {
  // A container is started every few seconds; files are written and removed.
  'v2-systemd-1.37-a': /"pod":"(?:crash|volumes)"/,
  'v2-systemd-1.37-c': /"pod":"volumes"/,
};

/** Seconds from the start of a container as the kubelet has it to that in the status, at most. */
const SLOWEST_START: Readonly<Record<string, number>> = {
  'v1-cgroupfs': 0.1,
  // Emulated machines, on which a start took seconds, and minutes where twenty pods were started at once.
  'v2-systemd': 7,
  'v2-systemd-1.37-a': 130,
  'v2-systemd-1.37-c': 130,
};

/** A series without its value; labels by their names, as both sort them. */
function keyOf({ name, labels }: Sample): string {
  return `${name} ${JSON.stringify(labels)}`;
}

function byKey(text: string): ReadonlyMap<string, Sample> {
  return new Map(parseExposition(text).map((sample) => [keyOf(sample), sample]));
}

/** Every pair of the same series of ours and of the kubelet's. */
function* pairs(node: RecordedNode, ours: string): Generator<readonly [key: string, mine: Sample, theirs: Sample]> {
  const mine = byKey(ours);
  for (const when of ['before', 'after'] as const) {
    for (const [key, theirs] of byKey(kubelet(node, when))) {
      const sample = mine.get(key);
      if (sample !== undefined) yield [key, sample, theirs];
    }
  }
}

/** Blocks of HELP and TYPE by family. */
function heads(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').filter((line) => line.startsWith('# '));
  return new Map(
    [...Map.groupBy(lines, (line) => line.split(' ')[2] ?? '')].map(([name, own]) => [name, own.join('\n')]),
  );
}

for (const node of comparedNodes()) {
  test(`${node.name}: has the kubelet's families and label sets`, async () => {
    const nameOf = (key: string): string => key.split(' ')[0] ?? '';
    const ours = new Set(byKey(await resource(node)).keys());
    const [before, after] = [
      new Set(byKey(kubelet(node, 'before')).keys()),
      new Set(byKey(kubelet(node, 'after')).keys()),
    ];
    if (node.kubelet === '1.26') assert.deepEqual(after, before);
    const added = [...ours].filter((key) => !before.has(key) && !after.has(key));
    assert.deepEqual(new Set(added.map(nameOf).filter((name) => !ADDED[node.kubelet]?.test(name))), new Set());
    assert.equal(added.length > 0, node.kubelet in ADDED);
    // A container may have come or gone in between.
    const lacking = [...before].filter((key) => after.has(key) && !ours.has(key));
    const ended = lacking.filter((key) => ENDED[node.name]?.test(key));
    assert.deepEqual(
      lacking.filter(
        (key) => !WITHOUT_ROOT[node.name]?.test(nameOf(key)) && nameOf(key) !== HIDDEN && !ended.includes(key),
      ),
      [],
    );
    assert.equal(ended.length > 0, node.name in ENDED);
    assert.ok(ours.size > 60);
  });

  test(`${node.name}: has the kubelet's texts, labels and types`, async () => {
    const ours = heads(await resource(node));
    const theirs = heads(kubelet(node, 'before'));
    for (const [name, text] of theirs) {
      const mine = ours.get(name);
      if (mine === undefined) continue;
      // Since 1.29 the word in brackets is another.
      assert.equal(mine, node.kubelet === '1.26' ? text.replace('[ALPHA]', '[STABLE]') : text);
    }
    assert.equal(theirs.has(HIDDEN), node.kubelet === '1.26');
    const missing = [...theirs.keys()].filter((name) => !ours.has(name) && name !== HIDDEN);
    assert.deepEqual(
      missing.filter((name) => !WITHOUT_ROOT[node.name]?.test(name)),
      [],
    );
    assert.equal(ours.size, node.name in WITHOUT_ROOT ? 10 : 12);
  });

  test(`${node.name}: counters lie between the kubelet's samples`, async () => {
    const { begin, end } = readingTime(node);
    const compared = { below: 0, above: 0 };
    for (const [key, mine, theirs] of pairs(node, await resource(node))) {
      if (!mine.name.endsWith('_total') || theirs.timestamp === undefined) continue;
      if (theirs.timestamp <= begin) {
        compared.below++;
        assert.ok(mine.value >= theirs.value, `${key}: ${mine.value} < ${theirs.value}`);
      } else if (theirs.timestamp >= end) {
        compared.above++;
        assert.ok(mine.value <= theirs.value, `${key}: ${mine.value} > ${theirs.value}`);
      }
    }
    assert.ok(compared.below >= 39, JSON.stringify(compared));
  });

  test(`${node.name}: memory is the kubelet's, within what moved since its samples`, async () => {
    const compared = { equal: 0, near: 0 };
    const nodes: number[] = [];
    const moved: string[] = [];
    let own: number | undefined;
    for (const [key, mine, theirs] of pairs(node, await resource(node))) {
      if (!mine.name.endsWith('_working_set_bytes')) continue;
      if (mine.name === 'node_memory_working_set_bytes') {
        nodes.push(theirs.value);
        // Of the root, kubelets of that time counted all memory that is not free, kernel memory included.
        if (node.kubelet === '1.26') assert.ok(mine.value < theirs.value, key);
        else own = mine.value;
        continue;
      }
      const difference = Math.abs(mine.value - theirs.value);
      if (difference >= 2 ** 20) moved.push(`${key}: ${mine.value}, kubelet ${theirs.value}`);
      compared[difference === 0 ? 'equal' : 'near']++;
    }
    assert.deepEqual(
      moved.filter((what) => !MOVING[node.name]?.test(what)),
      [],
    );
    assert.equal(moved.length > 0, node.name in MOVING);
    if (own !== undefined)
      assert.ok(own > Math.min(...nodes) && own < Math.max(...nodes), `${own}, kubelet ${nodes.join()}`);
    assert.ok(compared.equal >= 26 && compared.equal > compared.near * 0.8, JSON.stringify(compared));
  });

  test(`${node.name}: containers were started after their cgroups were made`, async () => {
    const seconds: number[] = [];
    for (const [, mine, theirs] of pairs(node, await resource(node))) {
      if (mine.name === 'container_start_time_seconds') seconds.push(mine.value - theirs.value);
    }
    assert.ok(seconds.length > 20);
    // The kubelet's is the time of the cgroup, ours that of the start from the status, in whole seconds.
    assert.ok(Math.min(...seconds) > -1, `${Math.min(...seconds)}`);
    assert.ok(Math.max(...seconds) < (SLOWEST_START[node.name] ?? 0), `${Math.max(...seconds)}`);
  });

  test(`${node.name}: metrics-server takes every running pod`, async () => {
    const text = await resource(node);
    const ours = parseAsMetricsServer(text, 1);
    const theirs = parseAsMetricsServer(kubelet(node, 'before'), 1);
    assert.deepEqual(ours.dropped, []);
    assert.deepEqual(
      [...ours.pods.keys()].toSorted(),
      [...theirs.pods.keys(), ...(DROPPED[node.name] ?? [])].toSorted(),
    );
    for (const [pod, containers] of theirs.pods) {
      assert.deepEqual([...(ours.pods.get(pod)?.keys() ?? [])].toSorted(), [...containers.keys()].toSorted(), pod);
    }
    assert.equal(ours.node === undefined, node.name in WITHOUT_ROOT);
  });

  test(`${node.name}: promtool can read it`, { skip: whyNoPromtool() }, async () => {
    // Kubernetes' help texts and names are not all to promtool's taste, but they must parse.
    assert.doesNotMatch(promtool(['check', 'metrics'], await resource(node)), /error while linting|parse/i);
  });
}
