import type { TestContext } from 'node:test';
import { collectors, viewCollectors } from '../../../src/metrics/index.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import type { Files } from '../kernel/file-tree.ts';
import { CONTAINER, fakeNode, ID, PAUSE, POD, podObject, type FakeNode } from '../collect/fake-node.ts';

/** Unix seconds of the container's start. */
export const STARTED = 1_795_237_605;

/** The pod of a {@link kubeletNode} as the API server gives it. */
export function runningPod(state: object = { running: { startedAt: '2026-11-21T05:06:45Z' } }): unknown {
  const containerStatuses = [{ name: 'app', containerID: `containerd://${ID}`, restartCount: 0, state }];
  return podObject({ status: { startTime: '2026-11-21T05:06:14Z', containerStatuses } });
}

/** Files of a cgroup on v2 with this CPU time, in microseconds, and working set. */
export function cgroup(path: string, usec: number, workingSet: number): Files {
  return {
    [`cgroup${path}/cgroup.procs`]: '',
    [`cgroup${path}/cpu.stat`]: `usage_usec ${usec}\nuser_usec 0\nsystem_usec 0\n`,
    [`cgroup${path}/memory.current`]: `${workingSet + 1000}\n`,
    [`cgroup${path}/memory.stat`]: `anon 500\nfile 2000\ninactive_file 1000\npgfault 7\npgmajfault 1\n`,
  };
}

/** A node of plain files with one pod and everything that the kubelet's endpoints tell of it. */
export function kubeletNode(t: TestContext, files: Files = {}, pods: readonly unknown[] = [runningPod()]): FakeNode {
  return fakeNode(t, {
    files: {
      'cgroup/cpu.stat': 'usage_usec 9000000\n',
      'cgroup/memory.stat': 'anon 10000\nfile 4000\ninactive_file 3000\npgfault 70\npgmajfault 10\n',
      'proc/meminfo': 'MemTotal: 100 kB\nSwapTotal: 50 kB\nSwapFree: 20 kB\n',
      ...cgroup(POD, 3_000_000, 90_000),
      ...cgroup(CONTAINER, 2_500_000, 80_000),
      [`cgroup${PAUSE}/cgroup.procs`]: '',
      ...files,
    },
    collectors: [...collectors, ...viewCollectors],
    pods,
  });
}

/** A whole scrape; the snapshot stays as it is. */
export function snapshotOf(node: FakeNode, wanted: ReadonlySet<string>, deadline = Infinity): Promise<Snapshot> {
  return node.scraper.scrape(node.scraper.builder(), wanted, { at: deadline });
}
