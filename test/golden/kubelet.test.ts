import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseExposition, type Sample } from '../support/exposition.ts';
import { comparedNodes, readingTime, scrapeRecorded, type RecordedNode } from '../support/recorded-node.ts';

/**
 * The kubelet's own answers, fetched just before and just after the files were read, are the judge.
 * Its samples carry the time at which it took them.
 */

/** Counters that both have, by the kubelet's name; ours at the level of containers. */
const COUNTERS = [
  ['container_cpu_usage_seconds_total', 'container_cpu_usage_seconds_total'],
  ['container_cpu_user_seconds_total', 'container_cpu_user_seconds_total'],
  ['container_cpu_system_seconds_total', 'container_cpu_system_seconds_total'],
  ['container_cpu_cfs_periods_total', 'container_cpu_cfs_periods_total'],
  ['container_cpu_cfs_throttled_periods_total', 'container_cpu_cfs_throttled_periods_total'],
] as const;

const NETWORK = ['receive_bytes', 'receive_packets', 'transmit_bytes', 'transmit_packets'] as const;

function kubelet(node: RecordedNode, when: 'before' | 'after'): Sample[] {
  return parseExposition(readFileSync(join(node.folder, 'kubelet', when, 'metrics_cadvisor.prom'), 'utf8'));
}

function keyOf({ labels }: Sample, names: readonly string[]): string {
  return names.map((name) => labels[name] ?? '').join('/');
}

function byKey(samples: readonly Sample[], name: string, labels: readonly string[]): Map<string, Sample> {
  const chosen = samples.filter((sample) => sample.name === name);
  return new Map(chosen.map((sample) => [keyOf(sample, labels), sample]));
}

/** Rows of app containers: neither slices nor the sandbox. */
function ofContainers(samples: readonly Sample[]): Sample[] {
  return samples.filter(({ labels }) => labels['container'] !== '' && labels['container'] !== undefined);
}

const IDENTITY = ['namespace', 'pod', 'container'];

/** Containers whose names the kubelet had lost: its rows of them have none. The API server's status names them. */
const LOST_NAMES: Readonly<Record<string, readonly string[]>> = {
  'v2-systemd-1.37-a': ['ops/ds-jz9hc/agent', 'ops/hostnet/app', 'shop/client/curl', 'shop/multi/b', 'shop/multi/c'],
};

/** How many running pods are on the node's network. */
const ON_HOST_NETWORK: Readonly<Record<string, number>> = { '1.26': 3, '1.37': 2 };

for (const node of comparedNodes()) {
  test(`${node.name}: containers have the names that the kubelet gives them`, async () => {
    const ours = byKey(parseExposition(await scrapeRecorded(node)), 'container_memory_usage_bytes', IDENTITY);
    const before = byKey(ofContainers(kubelet(node, 'before')), 'container_memory_usage_bytes', IDENTITY);
    const after = byKey(ofContainers(kubelet(node, 'after')), 'container_memory_usage_bytes', IDENTITY);
    assert.ok(ours.size > 10);
    const nameless = [...ours.keys()].filter((key) => !before.has(key) && !after.has(key));
    assert.deepEqual(nameless.toSorted(), LOST_NAMES[node.name] ?? []);
    for (const key of before.keys()) assert.ok(ours.has(key) || !after.has(key), `${key} is missing`);
  });

  test(`${node.name}: counters lie between the kubelet's samples`, async () => {
    const samples = parseExposition(await scrapeRecorded(node));
    const theirs = [...ofContainers(kubelet(node, 'before')), ...ofContainers(kubelet(node, 'after'))];
    const { begin, end } = readingTime(node);
    const compared = { below: 0, above: 0 };
    for (const [their, name] of COUNTERS) {
      const ours = byKey(samples, name, IDENTITY);
      for (const sample of theirs.filter((other) => other.name === their)) {
        const mine = ours.get(keyOf(sample, IDENTITY));
        if (mine === undefined || sample.timestamp === undefined) continue;
        if (sample.timestamp <= begin) {
          compared.below++;
          assert.ok(mine.value >= sample.value, `${name} ${keyOf(sample, IDENTITY)}: ${mine.value} < ${sample.value}`);
        } else if (sample.timestamp >= end) {
          compared.above++;
          assert.ok(mine.value <= sample.value, `${name} ${keyOf(sample, IDENTITY)}: ${mine.value} > ${sample.value}`);
        }
      }
    }
    assert.ok(compared.below > 30, JSON.stringify(compared));
  });

  test(`${node.name}: limits are equal`, async () => {
    const samples = parseExposition(await scrapeRecorded(node));
    const theirs = ofContainers(kubelet(node, 'after'));
    const memory = byKey(samples, 'container_memory_limit_bytes', IDENTITY);
    for (const [key, { value }] of byKey(theirs, 'container_spec_memory_limit_bytes', IDENTITY)) {
      if (byKey(samples, 'container_memory_usage_bytes', IDENTITY).has(key)) {
        assert.equal(memory.get(key)?.value ?? 0, value, key);
      }
    }
    const quota = byKey(theirs, 'container_spec_cpu_quota', IDENTITY);
    const period = byKey(theirs, 'container_spec_cpu_period', IDENTITY);
    for (const [key, { value }] of byKey(samples, 'container_cpu_limit_cores', IDENTITY)) {
      assert.equal(value, (quota.get(key)?.value ?? Number.NaN) / (period.get(key)?.value ?? Number.NaN), key);
    }
  });

  test(`${node.name}: network is the sandbox's, and none for pods on the host's network`, async () => {
    const samples = parseExposition(await scrapeRecorded(node));
    const labels = ['namespace', 'pod', 'interface'];
    const before = kubelet(node, 'before');
    const host = samples.filter(({ name, labels: own }) => name === 'pod_info' && own['host_network'] === 'true');
    assert.equal(host.length, ON_HOST_NETWORK[node.kubelet]);
    for (const { labels: own } of host) {
      const theirs = samples.filter(
        (sample) => sample.name.startsWith('pod_network_') && sample.labels['pod'] === own['pod'],
      );
      assert.deepEqual(theirs, []);
    }
    let compared = 0;
    for (const metric of NETWORK) {
      const ours = byKey(samples, `pod_network_${metric}_total`, labels);
      for (const [key, { value }] of byKey(before, `container_network_${metric}_total`, labels)) {
        const mine = ours.get(key);
        if (mine === undefined) continue;
        compared++;
        assert.ok(mine.value >= value, `${metric} ${key}`);
      }
    }
    assert.ok(compared > 20);
  });

  test(`${node.name}: the static pod and the web pods have their names`, async () => {
    const text = await scrapeRecorded(node);
    assert.match(text, /pod_info\{namespace="kube-system",pod="static-/);
    assert.equal(text.match(/^pod_info\{.*workload="web"/gm)?.length, 2);
  });
}
