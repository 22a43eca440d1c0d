import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ephemeralStorage } from '../../src/metrics/ephemeral-storage.ts';
import { diskEmptyDirNames } from '../../src/pods/records/volumes.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { parseSummaryUsage } from '../../src/usage/summary.ts';
import { UsageCache, type UsagePod, type UsageReader } from '../../src/usage/usage-cache.ts';
import { comparedNodes, withRecorded, type RecordedNode } from '../support/recorded-node.ts';

/** The kubelet's own answer, fetched after the files were read, laid beside the containers that we find. */

interface Stats {
  readonly usedBytes: number;
}

interface Summary {
  readonly pods: readonly {
    readonly podRef: { readonly namespace: string; readonly name: string; readonly uid: string };
    readonly containers: readonly { readonly name: string; readonly rootfs: Stats; readonly logs: Stats }[];
    readonly volume?: readonly (Stats & { readonly name: string })[];
  }[];
}

/** What was measured is known before it is asked for. */
class Recorded implements UsageReader {
  readonly #summary: unknown;
  readonly #table = new UsageCache();
  pods: readonly UsagePod[] = [];

  constructor(summary: unknown) {
    this.#summary = summary;
  }

  updatePods(pods: readonly UsagePod[]): void {
    this.pods = pods;
    const emptyDirs = (uid: string): readonly string[] => {
      const record = pods.find((pod) => pod.uid === uid)?.record;
      return record === undefined ? [] : diskEmptyDirNames(record);
    };
    for (const { key, usage } of parseSummaryUsage(this.#summary, emptyDirs)) this.#table.set(key, usage);
  }

  find(...key: Parameters<UsageCache['find']>): ReturnType<UsageCache['find']> {
    return this.#table.find(...key);
  }
}

/** What a snapshot has of a level, by the names of pod and container. */
function found(snapshot: Snapshot, level: 'container' | 'pod'): ReadonlyMap<string, readonly number[]> {
  const families = snapshot.families.filter(
    ({ name, level: own }) => own === level && name === `${level}_ephemeral_storage_bytes`,
  );
  const columns = families.flatMap(({ series }) => series.map(({ column }) => column));
  return new Map(
    snapshot.subjects[level].map(({ labels }, position) => [
      labels.map(([, value]) => value).join('/'),
      columns.map((column) => snapshot.columns(level)[column]?.[position] ?? Number.NaN),
    ]),
  );
}

function scraped<T>(node: RecordedNode, usage: Recorded, work: (snapshot: Snapshot) => T): Promise<T> {
  return withRecorded(node, new Set([ephemeralStorage.name]), (snapshot) => Promise.resolve(work(snapshot)), { usage });
}

for (const node of comparedNodes()) {
  describe(node.name, () => {
    const text = readFileSync(join(node.folder, 'kubelet/after/stats_summary.json'), 'utf8');
    const summary = JSON.parse(text) as Summary;

    test('every container has what the kubelet reports, those of static pods included', async () => {
      const containers = await scraped(node, new Recorded(summary), (snapshot) => found(snapshot, 'container'));
      let compared = 0;
      for (const { podRef, containers: theirs } of summary.pods) {
        for (const { name, rootfs, logs } of theirs) {
          const ours = containers.get(`${podRef.namespace}/${podRef.name}/${name}`);
          // Containers come and go between the two readings.
          if (ours === undefined || ours.some(Number.isNaN)) continue;
          assert.deepEqual(ours, [rootfs.usedBytes, logs.usedBytes], `${podRef.name}/${name}`);
          compared++;
        }
      }
      assert.ok(compared >= 12 && compared >= containers.size - 2, `${compared} of ${containers.size}`);
      const isStatic = ([name]: readonly [string, unknown]): boolean => name.startsWith('kube-system/static-');
      const [, statics = []] = [...containers].find(isStatic) ?? [];
      assert.ok(statics.length === 2 && statics.every((bytes) => bytes >= 0), String(statics));
    });

    test('a pod has only those volumes of the kubelet that are emptyDir volumes of its specification', async () => {
      const usage = new Recorded(summary);
      const pods = await scraped(node, usage, (snapshot) => found(snapshot, 'pod'));
      let having = 0;
      for (const { uid, record } of usage.pods) {
        assert.ok(record !== undefined);
        const names = diskEmptyDirNames(record);
        if (names.length > 0) having++;
        const volumes = summary.pods.find(({ podRef }) => podRef.uid === uid)?.volume ?? [];
        const theirs = volumes.filter(({ name }) => names.includes(name));
        const expected = theirs.length === 0 ? Number.NaN : theirs.reduce((sum, { usedBytes }) => sum + usedBytes, 0);
        assert.deepEqual(pods.get(`${record.namespace}/${record.name}`), [expected], record.name);
      }
      assert.ok(having > 0);
    });
  });
}
