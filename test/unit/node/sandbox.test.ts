import { strict as assert } from 'node:assert';
import { linkSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { ContainerCgroup } from '../../../src/node/cgroup-tree.ts';
import type { ReportedContainer } from '../../../src/node/sandbox.ts';
import { addFiles } from '../kernel/file-tree.ts';
import {
  A,
  alive,
  B,
  C,
  CRIO_A,
  CRIO_B,
  node,
  pod,
  processFiles,
  STATUS,
  UNKNOWN,
  type Process,
} from './pod-processes.ts';

describe('the sandbox of a pod whose containers are known', () => {
  test('is the one container that no status names, without a look at its processes', (t) => {
    const { sandboxes } = node(t, [], {});
    assert.equal(sandboxes.decide(pod([A, B]), [A], STATUS).sandbox, A);
  });

  test('is none if every container has a name', (t) => {
    assert.equal(node(t, [], {}).sandboxes.decide(pod([A, B]), [], STATUS).sandbox, undefined);
  });

  const CASES: readonly (readonly [what: string, processes: readonly Process[], expected: ContainerCgroup])[] = [
    [
      'started earliest, listed first',
      [
        { pid: 1, start: 10 },
        { pid: 2, start: 20 },
      ],
      A,
    ],
    [
      'started earliest, listed last',
      [
        { pid: 1, start: 20 },
        { pid: 2, start: 10 },
      ],
      B,
    ],
    [
      'started earliest, with any PID',
      [
        { pid: 1, start: 100 },
        { pid: 2, start: 99 },
      ],
      B,
    ],
    [
      'is called pause, though another started earlier',
      [
        { pid: 1, start: 20, name: 'pause' },
        { pid: 2, start: 10 },
      ],
      A,
    ],
    ['has a live process, the other has none', [{ pid: 1 }, { pid: 2, start: 10 }], B],
    [
      'started earliest, with a name that looks like fields',
      [
        { pid: 1, start: 20, name: 'x) S 1 (' },
        { pid: 2, start: 10, name: ') R 9 9' },
      ],
      B,
    ],
  ];
  for (const [what, processes, expected] of CASES) {
    test(`is the one that ${what}`, (t) => {
      const { sandboxes } = node(t, processes, { '/pod/a': [1], '/pod/b': [2] });
      assert.equal(sandboxes.decide(pod([A, B]), [A, B], STATUS).sandbox, expected);
    });
  }

  test('is unknown without a visible process of the unnamed containers', (t) => {
    assert.equal(node(t, [], {}).sandboxes.decide(pod([A, B]), [A, B], STATUS).sandbox, undefined);
    assert.equal(
      node(t, [], { '/pod/a': [], '/pod/b': [] }).sandboxes.decide(pod([A, B]), [A, B], STATUS).sandbox,
      undefined,
    );
    assert.equal(
      node(t, [], { '/pod/a': [0], '/pod/b': [0, 0] }).sandboxes.decide(pod([A, B]), [A, B], STATUS).sandbox,
      undefined,
    );
  });

  test('is found by the first process in the own PID namespace', (t) => {
    const { sandboxes } = node(t, alive(5, 9), { '/pod/a': [9], '/pod/b': [0, 5] });
    assert.equal(sandboxes.decide(pod([A, B]), [A, B], STATUS).sandbox, B);
  });

  test('is searched again until a process is visible', (t) => {
    const { sandboxes, root } = node(t, [], { '/pod/a': [1], '/pod/b': [2] });
    const of = pod([A, B]);
    assert.equal(sandboxes.decide(of, [A, B], STATUS).sandbox, undefined);
    addFiles(root, processFiles([{ pid: 2, start: 5 }]));
    assert.equal(sandboxes.decide(of, [A, B], STATUS).sandbox, B);
  });

  test('stays decided while the pod has the same containers, and is decided again when one gets a name', (t) => {
    const { sandboxes, root } = node(
      t,
      [
        { pid: 1, start: 10, network: false },
        { pid: 2, start: 20, network: false },
        { pid: 3, start: 30, network: false },
      ],
      { '/pod/a': [1], '/pod/b': [2], '/pod/c': [3] },
    );
    const of = pod([A, B, C]);
    assert.equal(sandboxes.decide(of, [A, B], STATUS).sandbox, A);
    rmSync(join(root, 'proc/1'), { recursive: true });
    assert.equal(sandboxes.decide(of, [A, B], STATUS).sandbox, A);
    assert.equal(sandboxes.decide(of, [B, C], STATUS).sandbox, B);
    assert.equal(sandboxes.decide(of, [A, B], STATUS).sandbox, B);
  });

  test('is decided again when a container comes', (t) => {
    const { sandboxes, root } = node(t, [{ pid: 2, start: 20 }], { '/pod/a': [1], '/pod/b': [2] });
    const of = { ...pod([A, B]) };
    assert.equal(sandboxes.decide(of, [A, B], STATUS).sandbox, B);
    addFiles(root, processFiles([{ pid: 1, start: 10 }]));
    of.containers = [A, B, C];
    assert.equal(sandboxes.decide(of, [A, B], STATUS).sandbox, A);
  });

  test('is decided for each pod by itself', (t) => {
    const { sandboxes, root } = node(
      t,
      [
        { pid: 1, start: 10 },
        { pid: 2, start: 20 },
      ],
      { '/pod/a': [1], '/pod/b': [2] },
    );
    assert.equal(sandboxes.decide(pod([A, B]), [A, B], STATUS).sandbox, A);
    addFiles(root, processFiles([{ pid: 1, start: 30 }]));
    assert.equal(sandboxes.decide(pod([A, B]), [A, B], STATUS).sandbox, B);
  });
});

describe('the sandbox of a pod of which nothing is known', () => {
  const CASES: readonly (readonly [
    what: string,
    processes: readonly Process[],
    expected: ContainerCgroup | undefined,
  ])[] = [
    [
      'the oldest if it is called pause',
      [
        { pid: 1, start: 20 },
        { pid: 2, start: 10, name: 'pause' },
      ],
      B,
    ],
    [
      'the one that is called pause, though another started earlier',
      [
        { pid: 1, start: 20, name: 'pause' },
        { pid: 2, start: 10 },
      ],
      A,
    ],
    [
      'the oldest of several if none is called pause',
      [
        { pid: 1, start: 20 },
        { pid: 2, start: 10 },
      ],
      B,
    ],
    ['none if only one is visible and it is not called pause', [{ pid: 1, start: 20 }], undefined],
    ['none if no process is visible', [], undefined],
  ];
  for (const [what, processes, expected] of CASES) {
    test(`is ${what}`, (t) => {
      const { sandboxes } = node(t, processes, { '/pod/a': [1], '/pod/b': [2] });
      assert.equal(sandboxes.decide(pod([A, B]), [A, B], UNKNOWN).sandbox, expected);
    });
  }

  test('is a container that is alone only if it is called pause', (t) => {
    const { sandboxes } = node(
      t,
      [
        { pid: 1, start: 1 },
        { pid: 2, start: 1, name: 'pause' },
      ],
      { '/pod/a': [1], '/pod/b': [2] },
    );
    assert.equal(sandboxes.decide(pod([A]), [A], UNKNOWN).sandbox, undefined);
    assert.equal(sandboxes.decide(pod([B]), [B], UNKNOWN).sandbox, B);
  });
});

describe('what decides which container is the sandbox', () => {
  /** Lets processes live in the network namespace of another. */
  function shareNetwork(root: string, pid: number, others: readonly number[]): void {
    for (const other of others) {
      mkdirSync(join(root, `proc/${other}/net`), { recursive: true });
      linkSync(join(root, `proc/${pid}/net/dev`), join(root, `proc/${other}/net/dev`));
    }
  }

  test('is the network namespace of the containers that have a name', (t) => {
    const { sandboxes, root } = node(
      t,
      [
        { pid: 1, start: 10, name: 'runc:[2:INIT]' },
        { pid: 2, start: 20, name: 'sandbox' },
        { pid: 3, start: 30, network: false },
      ],
      { '/pod/a': [1], '/pod/b': [2], '/pod/c': [3] },
    );
    shareNetwork(root, 2, [3]);
    assert.partialDeepStrictEqual(sandboxes.decide(pod([A, B, C]), [A, B], STATUS), { sandbox: B, strays: [A] });
  });

  test('is the start of the oldest process, in any order of cgroup.procs', (t) => {
    const { sandboxes } = node(
      t,
      [
        { pid: 1, start: 900, network: false },
        { pid: 2, start: 20, network: false },
        { pid: 3, start: 10, network: false },
      ],
      { [CRIO_A.path]: [2], [CRIO_B.path]: [1, 3] },
    );
    const of = pod([CRIO_A, CRIO_B]);
    assert.equal(sandboxes.decide(of, [CRIO_B], STATUS).sandbox, CRIO_B);
    assert.equal(sandboxes.decide(of, [CRIO_A], STATUS).sandbox, undefined);
  });

  test('is a process in cgroups that the runtime or an init system made below that of the container', (t) => {
    const { sandboxes } = node(
      t,
      [
        { pid: 1, start: 20, network: false },
        { pid: 2, start: 10, network: false },
      ],
      {
        [CRIO_A.path]: [],
        [`${CRIO_A.path}/container`]: [],
        [`${CRIO_A.path}/container/init.scope`]: [1],
        [CRIO_B.path]: [2],
      },
    );
    const of = pod([CRIO_A, CRIO_B]);
    assert.equal(sandboxes.decide(of, [CRIO_A], STATUS).sandbox, undefined);
    assert.equal(sandboxes.decide(of, [CRIO_B], STATUS).sandbox, CRIO_B);
  });

  test('is nothing but its being the only candidate, where the runtime always starts a sandbox', (t) => {
    const { sandboxes } = node(
      t,
      [
        { pid: 1, start: 20 },
        { pid: 2, start: 10 },
      ],
      { '/pod/a': [1], '/pod/b': [2] },
    );
    assert.equal(sandboxes.decide(pod([A, B]), [A], STATUS).sandbox, A);
  });

  /** A pod of CRI-O with one container; `name` and `start` of its process. */
  function crio(t: TestContext, name: string, start: number): (reported: readonly ReportedContainer[]) => boolean {
    const { sandboxes, root } = node(t, [{ pid: 1, start, name }], { [CRIO_A.path]: [1] });
    addFiles(root, { 'proc/stat': 'cpu  1 2 3\nbtime 1000\n' });
    return (reported) => sandboxes.decide(pod([CRIO_A]), [CRIO_A], reported).sandbox === CRIO_A;
  }

  test('is the start that the status reports where the only container may have been restarted, as with CRI-O', (t) => {
    const [before, after] = [[{}, { startedAt: 1200 }, { startedAt: 1100 }], [{ startedAt: 1098 }]];
    for (const name of ['pause', 'app']) {
      const isSandbox = crio(t, name, 10_000);
      assert.equal(isSandbox(before), true);
      assert.equal(isSandbox(after), false);
    }
  });

  test('is the name of the process if the status reports no start, as with CRI-O', (t) => {
    assert.equal(crio(t, 'pause', 10_000)(STATUS), true);
    assert.equal(crio(t, 'pause', 10_000)(UNKNOWN), true);
    assert.equal(crio(t, 'app', 10_000)(STATUS), false);
    assert.equal(crio(t, 'app', 10_000)(UNKNOWN), false);
  });

  test('is nothing without a visible process, as with CRI-O', (t) => {
    const { sandboxes } = node(t, [], { [CRIO_A.path]: [0] });
    assert.equal(sandboxes.decide(pod([CRIO_A]), [CRIO_A], STATUS).sandbox, undefined);
  });
});
