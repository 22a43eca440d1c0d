import { strict as assert } from 'node:assert';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { ContainerCgroup, PodCgroup } from '../../../src/node/cgroup-tree.ts';
import { OwnSandboxFinder } from '../../../src/node/own-sandbox-finder.ts';
import { addFiles, fileTree } from '../kernel/file-tree.ts';

const OWN_PID = 7;

interface Setup {
  readonly root: string;
  readonly sandbox: OwnSandboxFinder;
  readonly pod: PodCgroup;
  /** The containers in creation order of their cgroups, that is, by inode number. */
  readonly made: readonly [ContainerCgroup, ContainerCgroup, ContainerCgroup];
}

/** A pod with three containers. The own process is in the container created at position `own`. */
function setup(t: TestContext, own: number, prefix = ''): Setup {
  const containers = ['a', 'b', 'c']
    .map((digit) => digit.repeat(64))
    .map((id) => ({ id, path: `/pod/${prefix}${id}` }));
  const root = fileTree(t, Object.fromEntries(containers.map(({ path }) => [`${path}/cgroup.procs`, '0\n'])));
  const inode = ({ path }: ContainerCgroup): bigint => statSync(join(root, path), { bigint: true }).ino;
  const made = containers.toSorted((left, right) => (inode(left) < inode(right) ? -1 : 1));
  addFiles(root, { [`${made[own]?.path}/cgroup.procs`]: `${OWN_PID}\n` });
  // Finds the last container, by process.
  const byProcess = {
    decide: (_pod: PodCgroup, candidates: readonly ContainerCgroup[]) => ({ sandbox: candidates.at(-1), strays: [] }),
  };
  const sandbox = new OwnSandboxFinder({ cgroups: () => root, pid: OWN_PID, byProcess });
  return { root, sandbox, pod: { uid: 'u', path: '/pod', containers }, made: made as unknown as Setup['made'] };
}

describe('the sandbox of the own pod', () => {
  for (const reported of [[], [{}]]) {
    const known = reported.length === 0 ? 'without names' : 'with names';

    test(`is the container created first, ${known}`, (t) => {
      for (const own of [1, 2]) {
        const { sandbox, pod, made } = setup(t, own);
        assert.equal(sandbox.decide(pod, pod.containers, reported).sandbox, made[0]);
        assert.equal(sandbox.decide(pod, [made[0]], reported).sandbox, made[0]);
      }
    });

    test(`is none if the own container was created first, ${known}`, (t) => {
      const { sandbox, pod } = setup(t, 0);
      assert.equal(sandbox.decide(pod, pod.containers, reported).sandbox, undefined);
    });

    test(`is none if the first container has a name, ${known}`, (t) => {
      const { sandbox, pod, made } = setup(t, 1);
      assert.equal(sandbox.decide(pod, [made[1], made[2]], reported).sandbox, undefined);
      assert.equal(sandbox.decide(pod, [], reported).sandbox, undefined);
    });

    test(`is not a container that has vanished, ${known}`, (t) => {
      const { root, sandbox, pod, made } = setup(t, 2);
      rmSync(join(root, made[0].path), { recursive: true });
      assert.equal(sandbox.decide(pod, pod.containers, reported).sandbox, made[1]);
      rmSync(join(root, 'pod'), { recursive: true });
      assert.equal(sandbox.decide(pod, pod.containers, reported).sandbox, undefined);
    });
  }

  test('is found by its process with CRI-O, which may have no sandbox, unless the status has containers', (t) => {
    const { sandbox, pod, made } = setup(t, 1, 'crio-');
    assert.equal(sandbox.decide(pod, pod.containers, []).sandbox, pod.containers.at(-1));
    assert.equal(sandbox.decide(pod, pod.containers, [{}]).sandbox, made[0]);
  });
});
