import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { mountedHierarchies } from '../support/cgroup-mounts.ts';
import { sleepingPods } from '../support/node-pods.ts';
import { removeLeftovers } from '../support/removal.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { startStandInNode } from '../support/stand-in-node.ts';
import type { StandInNode, StandInOptions } from '../support/stand-in-node.ts';
import { equals, until } from '../support/until.ts';

const skip = whyNoStandIn() ?? false;

describe('removing a stand-in node', { skip }, () => {
  test('leaves no process, cgroup or file behind, and may be asked for twice', async (t) => {
    const node = await standIn(t, { driver: 'systemd', plans: sleepingPods(2, 2) });
    const pids = node.pods.flatMap((pod) => [pod.pausePid, ...pod.containers.map(({ pid }) => pid)]);
    assert.equal(pids.length, 6);
    assert.ok(traces(node.tree.name).length > 1);
    await node.stop();
    await node.stop();
    assert.deepEqual(traces(node.tree.name), []);
    assert.deepEqual(pids.filter(isAlive), []);
  });

  test('happens by itself when its owner is killed', async (t) => {
    const owner = spawn(process.execPath, ['--input-type=module', '-e', OWNER], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => owner.kill('SIGKILL'));
    const [line] = (await once(owner.stdout, 'data')) as readonly unknown[];
    const name = String(line).trim();
    assert.ok(traces(name).length > 1, name);
    owner.kill('SIGKILL');
    await until(`removal of ${name}`, () => traces(name), equals([]));
  });

  test('removes what a dead owner left, and nothing of a living one', async (t) => {
    const node = await standIn(t, { plans: [] });
    const [hierarchy] = mountedHierarchies();
    assert.ok(hierarchy !== undefined);
    // No process has an ID above the kernel's limit of 2^22.
    const orphan = join(hierarchy.path, 'kubepods-standin-4194305-1-00000000');
    const stranger = join(hierarchy.path, 'kubepods-standin-of-someone-else');
    mkdirSync(orphan);
    mkdirSync(stranger);
    t.after(() => rmdirSync(stranger));
    assert.ok((await removeLeftovers()).includes(basename(orphan)));
    assert.ok(!existsSync(orphan));
    assert.ok(existsSync(stranger));
    assert.ok(traces(node.tree.name).length > 1);
  });
});

describe('pods that come and go', { skip }, () => {
  test('appear in the layout of the systemd driver and in the list, and disappear', async (t) => {
    const node = await standIn(t, { driver: 'systemd', plans: [] });
    const [plan] = sleepingPods(1, 1);
    assert.ok(plan !== undefined);
    const pod = await node.addPod(plan);
    const slice = `kubepods-burstable-pod${pod.uid.replaceAll('-', '_')}.slice`;
    assert.equal(pod.cgroup, `kubepods.slice/kubepods-burstable.slice/${slice}`);
    const { id, cgroup } = pod.container('c0');
    assert.equal(basename(cgroup), `cri-containerd-${id}.scope`);
    const listed = async (): Promise<boolean> =>
      readFileSync(await node.podsFile(), 'utf8').includes(`"containerd://${id}"`);
    assert.ok(await listed());
    await node.removePod(pod);
    assert.equal(node.tree.file(pod.cgroup, 'cgroup.procs'), undefined);
    assert.ok(!(await listed()));
  });

  test('are all that a view of the tree shows', async (t) => {
    const node = await standIn(t, { plans: sleepingPods(1, 1) });
    const view = node.tree.view();
    const [hierarchy] = mountedHierarchies();
    const mounts = hierarchy?.version === 1 ? join(view, basename(hierarchy.path)) : view;
    const cgroup = node.pods[0]?.container('c0').cgroup ?? '';
    assert.ok(existsSync(join(mounts, cgroup, 'cgroup.procs')));
    assert.ok(!existsSync(join(mounts, node.tree.name)));
  });
});

const OWNER = `
import { startStandInNode } from '${new URL('../support/stand-in-node.ts', import.meta.url).href}';
import { sleepingPods } from '${new URL('../support/node-pods.ts', import.meta.url).href}';
const node = await startStandInNode({ plans: sleepingPods(1, 1) });
console.log(node.tree.name);
`;

async function standIn(t: TestContext, options: StandInOptions): Promise<StandInNode> {
  const node = await startStandInNode(options);
  t.after(() => node.stop());
  return node;
}

/** The folders of a stand-in tree that exist, of cgroups and of temporary files. */
function traces(name: string): readonly string[] {
  const places = [tmpdir(), ...mountedHierarchies().map(({ path }) => path)];
  return places.map((place) => join(place, name)).filter((path) => existsSync(path));
}

function isAlive(pid: number | undefined): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}
