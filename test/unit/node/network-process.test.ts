import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import type { NetworkProcess } from '../../../src/node/cgroup-processes.ts';
import type { ContainerCgroup } from '../../../src/node/cgroup-tree.ts';
import { A, alive, B, C, node, pod, STATUS, type Process } from './pod-processes.ts';

describe('the process through which a network is read', () => {
  interface Case {
    readonly what: string;
    readonly processes: readonly Process[];
    readonly cgroups: Readonly<Record<string, readonly number[]>>;
    readonly pause?: ContainerCgroup;
    readonly pid: number | undefined;
  }

  const CASES: readonly Case[] = [
    {
      what: "the sandbox's, though others come before it",
      processes: alive(1, 2),
      cgroups: { '/pod/a': [1], '/pod/b': [2] },
      pause: B,
      pid: 2,
    },
    {
      what: "another container's if the sandbox has none",
      processes: alive(1),
      cgroups: { '/pod/a': [1], '/pod/b': [] },
      pause: B,
      pid: 1,
    },
    {
      what: "another container's if that of the sandbox has gone",
      processes: alive(1),
      cgroups: { '/pod/a': [1], '/pod/b': [2] },
      pause: B,
      pid: 1,
    },
    { what: 'any if there is no sandbox', processes: alive(2), cgroups: { '/pod/a': [1], '/pod/b': [2] }, pid: 2 },
    {
      what: 'the next one if the first has no network any more',
      processes: [{ pid: 1, start: 1, network: false }, ...alive(2)],
      cgroups: { '/pod/a': [1, 2] },
      pid: 2,
    },
    {
      what: 'one in a cgroup that a container made',
      processes: alive(5),
      cgroups: { '/pod/a': [], '/pod/a/init': [5] },
      pause: A,
      pid: 5,
    },
    {
      what: 'one two levels below a container',
      processes: alive(5),
      cgroups: { '/pod/a': [], '/pod/a/container': [], '/pod/a/container/init.scope': [5] },
      pid: 5,
    },
    { what: 'one in the pod itself', processes: alive(6), cgroups: { '/pod': [6], '/pod/a': [] }, pid: 6 },
    {
      what: "a container's rather than one in the pod itself",
      processes: alive(6, 7),
      cgroups: { '/pod': [6], '/pod/b': [7] },
      pid: 7,
    },
    {
      what: 'none if all are of another PID namespace',
      processes: alive(1),
      cgroups: { '/pod/a': [0, 0], '/pod/b': [0] },
      pause: A,
      pid: undefined,
    },
    { what: 'one in the own PID namespace', processes: alive(4), cgroups: { '/pod/a': [0, 4] }, pid: 4 },
    { what: 'none without processes', processes: [], cgroups: { '/pod/a': [] }, pause: A, pid: undefined },
    { what: 'none if the cgroups are gone', processes: alive(1), cgroups: {}, pause: A, pid: undefined },
  ];
  for (const { what, processes, cgroups, pause, pid } of CASES) {
    test(`is ${what}`, (t) => {
      const { sandboxes, inode } = node(t, processes, cgroups);
      const expected: NetworkProcess | undefined = pid === undefined ? undefined : { pid, inode: inode(pid) };
      assert.deepEqual(sandboxes.networkProcess(pod([A, B]), pause), expected);
    });
  }

  test('is never one of a stray, and rather that of a container with a name', (t) => {
    const { sandboxes } = node(
      t,
      [
        { pid: 1, start: 10 },
        { pid: 2, start: 30 },
        { pid: 3, start: 20 },
      ],
      { '/pod/a': [1], '/pod/b': [2], '/pod/c': [3] },
    );
    const of = pod([A, B, C]);
    assert.partialDeepStrictEqual(sandboxes.decide(of, [A, B], STATUS), { sandbox: undefined, strays: [A] });
    assert.equal(sandboxes.networkProcess(of, undefined)?.pid, 3);
  });
});
