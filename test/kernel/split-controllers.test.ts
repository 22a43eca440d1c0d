import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openNode } from '../../src/collect/open-node.ts';
import { FileReader } from '../../src/kernel/file-reader.ts';
import { findHierarchies } from '../../src/kernel/hierarchies.ts';
import { collectors } from '../../src/metrics/index.ts';
import { NativeView } from '../../src/views/native/native.ts';
import { CgroupTree } from '../support/cgroups.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { SampleTable } from '../support/sample-table.ts';
import { STORAGE } from '../support/storage-choice.ts';
import { linesOf } from '../unit/collect/fake-node.ts';

const UID = '11111111-2222-4333-8444-555555555555';
const APP = 'a'.repeat(64);

const UNIFIED = '/sys/fs/cgroup/unified';

/** Whether the root of the v2 mount passes hugetlb on already. */
const wasDelegated = /\bhugetlb\b/.test(textOf(join(UNIFIED, 'cgroup.subtree_control')));

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** Enables hugetlb in the v2 cgroups below the root down to those in `path`, as the kubelet does. */
function delegate(path: string): void {
  const parts = path.split('/');
  for (let length = 0; length <= parts.length; length++) {
    writeFileSync(join(UNIFIED, ...parts.slice(0, length), 'cgroup.subtree_control'), '+hugetlb');
  }
}

function undelegate(): void {
  if (!wasDelegated) writeFileSync(join(UNIFIED, 'cgroup.subtree_control'), '-hugetlb');
}

/** Controllers of v1 hierarchies and of the v2 mount beside them, as this machine has them. */
function whyNotSplit(): string | false {
  const reason = whyNoStandIn();
  if (reason !== undefined) return reason;
  const { mode, unifiedControllers } = findHierarchies({ procfs: '/proc', sysfs: '/sys', rootfs: '/' });
  if (mode !== 'hybrid') return 'needs v1 hierarchies and a v2 mount';
  return unifiedControllers?.has('hugetlb') === true ? false : 'needs hugetlb in the v2 mount';
}

describe('a machine with controllers in v1 hierarchies and in the v2 mount', { skip: whyNotSplit() }, () => {
  test('has each number from the hierarchy with its controller', async (t) => {
    const tree = await CgroupTree.create();
    t.after(() => tree.remove());
    t.after(() => undelegate());
    const pod = tree.makePod({ qos: 'Guaranteed', uid: UID });
    const container = tree.makeContainer(pod, APP);
    delegate(join(tree.name, pod));
    const reader = new FileReader({ maxCachedDescriptors: 100 });
    t.after(() => reader.close());
    const paths = { procfs: '/proc', sysfs: '/sys', rootfs: '/', cgroup: tree.view() };
    const { plan, scraper, tables, missingControllers } = openNode({
      paths,
      collectors,
      interfaces: /^/,
      storage: STORAGE,
      reader,
    });
    t.after(() => tables.close());
    const names = ['cpu', 'memory', 'pids', 'hugetlb'];
    const snapshot = await scraper.scrape(scraper.builder(), new Set(names), { at: Number.POSITIVE_INFINITY });
    const table = new SampleTable((await linesOf(new NativeView(plan), snapshot, names)).join('\n'));
    const labels = { namespace: '', pod: UID, container: APP.slice(0, 12) };
    const size = Number(/Hugepagesize:\s+(\d+) kB/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) / 1024;
    assert.equal(table.value('container_hugetlb_usage_bytes', { ...labels, pagesize: `${size}MB` }), 0);
    assert.equal(table.value('container_threads', labels), 0);
    assert.equal(
      table.value('container_memory_usage_bytes', labels),
      Number(tree.read(container, 'memory.usage_in_bytes')),
    );
    assert.equal(table.value('container_cpu_usage_seconds_total', labels), 0);
    assert.equal(snapshot.errors.size, 0);
    assert.deepEqual(missingControllers, []);
    assert.ok(existsSync(join(UNIFIED, tree.name, container, `hugetlb.${size}MB.current`)));
  });
});
