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

/** Families that came with a kubelet later than the recorded one, which is 1.26. */
const LATER = /^(?:container_swap_(?:usage|limit)|node_swap_usage|pod_swap_usage)_bytes$|^resource_scrape_error$/;

/** The v1 recording has the cgroups of the pods, but not the root. */
const WITHOUT_ROOT: Readonly<Record<string, RegExp>> = {
  'v1-cgroupfs': /^node_(?:cpu_usage_seconds_total|memory_working_set_bytes)$/,
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
    const ours = [...byKey(await resource(node)).keys()].filter((key) => !LATER.test(key.split(' ')[0] ?? ''));
    const before = new Set(byKey(kubelet(node, 'before')).keys());
    assert.deepEqual(new Set(byKey(kubelet(node, 'after')).keys()), before);
    const missing = WITHOUT_ROOT[node.name] ?? /^$/;
    const expected = [...before].filter((key) => !missing.test(key.split(' ')[0] ?? ''));
    assert.deepEqual(ours.toSorted(), expected.toSorted());
    assert.ok(ours.length > 60);
  });

  test(`${node.name}: has the kubelet's texts, labels and types`, async () => {
    const ours = heads(await resource(node));
    for (const [name, theirs] of heads(kubelet(node, 'before'))) {
      const mine = ours.get(name);
      if (mine === undefined) continue;
      // Since 1.29 the word in brackets is another, and `scrape_error` says that it is deprecated.
      const later = theirs.replace('[ALPHA]', '[STABLE]');
      const deprecated = theirs.replace('[ALPHA]', '[ALPHA] (Deprecated since 1.29.0)');
      assert.equal(mine, name === 'scrape_error' ? deprecated : later);
    }
    assert.equal(ours.size, node.name in WITHOUT_ROOT ? 11 : 13);
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
    assert.ok(compared.below > 40, JSON.stringify(compared));
  });

  test(`${node.name}: memory is the kubelet's, within what moved since its samples`, async () => {
    const compared = { equal: 0, near: 0 };
    for (const [key, mine, theirs] of pairs(node, await resource(node))) {
      if (!mine.name.endsWith('_working_set_bytes')) continue;
      if (mine.name === 'node_memory_working_set_bytes') {
        // Of the root, kubelets of that time counted all memory that is not free, kernel memory included.
        assert.ok(mine.value < theirs.value, key);
        continue;
      }
      assert.ok(Math.abs(mine.value - theirs.value) < 2 ** 20, `${key}: ${mine.value}, kubelet ${theirs.value}`);
      compared[mine.value === theirs.value ? 'equal' : 'near']++;
    }
    assert.ok(compared.equal >= 26 && compared.equal > compared.near * 0.8, JSON.stringify(compared));
  });

  test(`${node.name}: containers were started after their cgroups were made`, async () => {
    const seconds: number[] = [];
    for (const [, mine, theirs] of pairs(node, await resource(node))) {
      if (mine.name === 'container_start_time_seconds') seconds.push(mine.value - theirs.value);
    }
    assert.ok(seconds.length > 20);
    // The kubelet's is the time of the cgroup, ours that of the start from the status, in whole seconds.
    // The v2 node was an emulated machine, on which a start took seconds.
    const slowest = node.name === 'v2-systemd' ? 7 : 0.1;
    assert.ok(Math.min(...seconds) > -1, `${Math.min(...seconds)}`);
    assert.ok(Math.max(...seconds) < slowest, `${Math.max(...seconds)}`);
  });

  test(`${node.name}: metrics-server takes every running pod`, async () => {
    const text = await resource(node);
    const ours = parseAsMetricsServer(text, 1);
    const theirs = parseAsMetricsServer(kubelet(node, 'before'), 1);
    assert.deepEqual(ours.dropped, []);
    assert.deepEqual([...ours.pods.keys()].toSorted(), [...theirs.pods.keys()].toSorted());
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
