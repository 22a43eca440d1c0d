import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sumUsage, parseSummaryUsage, type SummaryUsage } from '../../../src/usage/summary.ts';
import { comparedNodes } from '../../support/recorded-node.ts';

interface RecordedStats {
  readonly time: string;
  readonly usedBytes: number;
}

interface RecordedSummary {
  readonly pods: readonly {
    readonly podRef: { readonly uid: string };
    readonly containers: readonly {
      readonly name: string;
      readonly rootfs: RecordedStats;
      readonly logs: RecordedStats;
    }[];
  }[];
}

function lines(usages: readonly SummaryUsage[]): string[] {
  return usages.map(({ key, usage }) => {
    return `${key.uid} ${key.container ?? '-'} ${key.type} ${usage.bytes} ${usage.time}`;
  });
}

const NONE = (): readonly string[] => [];

for (const node of comparedNodes()) {
  test(`${node.name}: every container in the summary has the writable layer and logs that the kubelet measured`, () => {
    const text = readFileSync(join(node.folder, 'kubelet/after/stats_summary.json'), 'utf8');
    const recorded = JSON.parse(text) as RecordedSummary;
    const all = recorded.pods.flatMap(({ podRef: { uid }, containers }) =>
      containers.flatMap(({ name, rootfs, logs }) => [
        { line: `${uid} ${name} writable_layer ${rootfs.usedBytes}`, time: Date.parse(rootfs.time) / 1000 },
        { line: `${uid} ${name} logs ${logs.usedBytes}`, time: Date.parse(logs.time) / 1000 },
      ]),
    );
    // The kubelet returns 0 bytes at 1970 for what it has not measured yet.
    const expected = all.filter(({ time }) => time > 0).map(({ line, time }) => `${line} ${time}`);
    assert.ok(all.length - expected.length <= 1);
    assert.ok(expected.length > 20);
    assert.deepEqual(lines(parseSummaryUsage(JSON.parse(text), NONE)), expected);
  });
}

describe('volumes of a summary', () => {
  const pod = {
    podRef: { uid: 'u' },
    volume: [
      { name: 'token', time: '2026-11-21T05:00:09Z', usedBytes: 7 },
      { name: 'a', time: '2026-11-21T05:00:05Z', usedBytes: 100 },
      { name: 'b', time: '2026-11-21T05:00:01Z', usedBytes: 20 },
      { name: 'c', time: '2026-11-21T05:00:01Z' },
    ],
  };
  const of = (...names: readonly string[]): string[] => lines(parseSummaryUsage({ pods: [pod] }, () => names));
  const TIME = Date.parse('2026-11-21T05:00:01Z') / 1000;

  test('are summed with the time of the oldest', () => assert.deepEqual(of('a', 'b'), [`u - empty_dir 120 ${TIME}`]));
  test('are none without an emptyDir', () => assert.deepEqual(of(), []));
  test('are none if one has no usage', () => assert.deepEqual(of('a', 'c'), []));
  test('are none if one is missing', () => assert.deepEqual(of('a', 'd'), []));
});

test('missing and invalid fields of a summary are skipped', () => {
  const rootfs = { time: '2026-11-21T05:00:00Z', usedBytes: 5 };
  const containers = [
    { name: 'a', rootfs, logs: { time: '2026-11-21T05:00:00Z' } },
    { name: 'b', rootfs: { usedBytes: 5 }, logs: { ...rootfs, usedBytes: -1 } },
    { name: '', rootfs },
    { rootfs },
    undefined,
  ];
  const pods = [{ podRef: { uid: 'u' }, containers }, { containers }, { podRef: 'u' }, 7];
  const found = lines(parseSummaryUsage({ pods }, () => ['x']));
  assert.deepEqual(found, [`u a writable_layer 5 ${Date.parse(rootfs.time) / 1000}`]);
  for (const odd of [undefined, 'text', [], {}, { pods: {} }]) assert.deepEqual(parseSummaryUsage(odd, NONE), []);
});

test('a sum requires all measurements', () => {
  assert.equal(sumUsage([]), undefined);
  assert.deepEqual(
    sumUsage([
      { bytes: 1, time: 9 },
      { bytes: 2, time: 3 },
      { bytes: 0, time: 5 },
    ]),
    { bytes: 3, time: 3 },
  );
  assert.equal(sumUsage([{ bytes: 1, time: 9 }, undefined]), undefined);
});
