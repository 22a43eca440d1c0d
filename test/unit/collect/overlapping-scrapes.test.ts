import { strict as assert } from 'node:assert';
import { describe, test, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import type { Yielder } from '../../../src/base/yielder.ts';
import { Collections } from '../../../src/collect/collections.ts';
import { CpuUsages } from '../../../src/collect/cpu-usage.ts';
import { collectors, viewCollectors } from '../../../src/metrics/index.ts';
import { LEVELS } from '../../../src/metrics/row.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { CadvisorView } from '../../../src/views/cadvisor/cadvisor.ts';
import type { Output, SnapshotAnswer } from '../../../src/views/endpoint.ts';
import { MetricsView, type AnswerFacts } from '../../../src/views/native/metrics.ts';
import { NativeView } from '../../../src/views/native/native.ts';
import { ResourceView } from '../../../src/views/resource/resource.ts';
import { SummaryView } from '../../../src/views/summary/summary.ts';
import { textOutput } from '../../support/view-text.ts';
import type { Files } from '../kernel/file-tree.ts';
import { fakeNode, podObject, type FakeNode } from './fake-node.ts';

/** While a slow client reads the first of several snapshots, the node changes and later scrapes read it. */

const LATER = performance.now() + 3_600_000;
const COLLECTORS = [...collectors, ...viewCollectors];
const WANTED = new Set(COLLECTORS.map(({ name }) => name));

const UIDS = { web: '1', db: '2', job: '3', batch: '4' } as const;

type Name = keyof typeof UIDS;

function uidOf(pod: Name): string {
  return `0000000${UIDS[pod]}-b29f-11e7-9350-020968147796`;
}

function idOf(pod: Name, digit: string): string {
  return `${UIDS[pod]}${digit.repeat(63)}`;
}

function pathOf(pod: Name, id = ''): string {
  const path = `/kubepods/pod${uidOf(pod)}`;
  return id === '' ? path : `${path}/${id}`;
}

interface PodChange {
  /** First digit of the ID of the container `app`. */
  readonly app?: string;
  readonly name?: string;
  readonly labels?: object;
}

/** A pod as the API server returns it, with a container `app` and a container `log`. */
function podOf(pod: Name, { app = 'a', name = pod, labels = {} }: PodChange = {}): unknown {
  const status = (container: string, id: string): unknown => ({
    name: container,
    containerID: `containerd://${idOf(pod, id)}`,
    image: `${container}:${id}`,
    restartCount: app === 'a' ? 0 : 1,
    state: { running: { startedAt: '2026-11-21T05:06:45Z' } },
  });
  return podObject(
    {
      metadata: { uid: uidOf(pod), namespace: 'shop', name, labels },
      spec: { nodeName: 'node1', containers: [{ name: 'app' }, { name: 'log' }] },
      status: { startTime: '2026-11-21T05:06:14Z', containerStatuses: [status('app', app), status('log', 'c')] },
    },
    uidOf(pod),
  );
}

/** Files of a cgroup; every number is made of `value`. */
function cgroup(path: string, value: number, pid?: number): Files {
  return {
    [`cgroup${path}/cgroup.procs`]: pid === undefined ? '' : `${pid}\n`,
    [`cgroup${path}/cpu.stat`]: `usage_usec ${value}000000\nuser_usec ${value}\nsystem_usec ${value}\n`,
    [`cgroup${path}/memory.current`]: `${value}000\n`,
    [`cgroup${path}/memory.max`]: `${value}00000\n`,
    [`cgroup${path}/memory.stat`]: `anon ${value}00\nfile 2\ninactive_file 1\npgfault ${value}\npgmajfault 1\n`,
    [`cgroup${path}/pids.current`]: `${value}\n`,
    [`cgroup${path}/io.stat`]: `8:0 rbytes=${value} wbytes=1 rios=1 wios=1 dbytes=0 dios=0\n`,
    [`cgroup${path}/cpu.pressure`]: `some avg10=${value}.00 avg60=0.00 avg300=0.00 total=${value}\n`,
  };
}

/** Files of a pod: its sandbox, and the containers with these IDs. */
function podFiles(pod: Name, value: number, containers = ['a', 'c']): Files {
  const pid = 100 + Number(UIDS[pod]);
  const stat = `${pid} (pause) S 1 7 7 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 10 100 20\n`;
  const dev = `head\n head\n  eth0: ${value} 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n`;
  return Object.assign(
    { [`proc/${pid}/stat`]: stat, [`proc/${pid}/net/dev`]: dev },
    cgroup(pathOf(pod), value),
    cgroup(pathOf(pod, idOf(pod, 'f')), value, pid),
    ...containers.map((id) => cgroup(pathOf(pod, idOf(pod, id)), value)),
  ) as Files;
}

/** Called before a file of a cgroup is opened. */
type Opening = (cgroup: string, file: string) => void;

/** A node with four pods, which stays as it is until {@link ChangingNode.change}. */
interface ChangingNode extends FakeNode {
  /**
   * Restarts a container, recreates a sandbox, renames a pod, removes a pod, and changes every number. Containers of
   * another pod vanish while the next scrape reads them.
   */
  readonly change: () => void;
}

function changingNode(t: TestContext, opening: Opening = () => {}): ChangingNode {
  let isVanishing = false;
  const files: Files = {
    ...cgroup('', 9),
    ...podFiles('web', 1),
    ...podFiles('db', 2),
    ...podFiles('job', 3),
    ...podFiles('batch', 4),
    'proc/diskstats': '   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n',
    'proc/meminfo': 'MemTotal: 100 kB\nSwapTotal: 50 kB\nSwapFree: 20 kB\n',
    'proc/partitions': 'major minor  #blocks  name\n\n   8        0  1 sda\n',
  };
  const pods = (['web', 'db', 'job', 'batch'] as const).map((pod) => podOf(pod));
  const vanishing = ['a', 'c'].map((id) => pathOf('batch', idOf('batch', id)));
  const node = fakeNode(t, {
    files,
    collectors: COLLECTORS,
    pods,
    // A cached descriptor of a plain file would outlive the file.
    descriptors: 0,
    usage: { updatePods: () => {}, find: ({ uid }) => ({ bytes: Number(uid.slice(0, 8)), time: 1_800_000_000 }) },
    opening: (path, file) => {
      opening(path, file);
      if (!isVanishing || file !== 'memory.current' || !vanishing.includes(path)) return;
      node.remove(`cgroup${path}`);
      vanishing.splice(vanishing.indexOf(path), 1);
    },
  });
  const change = (): void => {
    isVanishing = true;
    node.clock.now += 15_000;
    node.remove(`cgroup${pathOf('job')}`);
    node.remove(`cgroup${pathOf('web', idOf('web', 'a'))}`);
    node.remove(`cgroup${pathOf('web', idOf('web', 'f'))}`);
    node.write({ ...podFiles('web', 5, ['b', 'c']), ...podFiles('db', 6), ...podFiles('batch', 7), ...cgroup('', 8) });
    const renamed = { name: 'renamed', labels: { team: 'blue' } };
    node.index.replace([podOf('web', { app: 'b' }), podOf('db', renamed), podOf('batch')]);
  };
  return { ...node, change };
}

/** Prepares an answer from a snapshot, then writes it. */
type View = (snapshot: Snapshot) => Promise<(output: Output) => Promise<unknown>>;

/** Everything that a snapshot has, as text. */
const everything: View = (snapshot) => {
  const { families: _, ...data } = snapshot;
  const parts = [
    ...Object.values(data).map((value) => () => value),
    ...LEVELS.map((level) => () => {
      const size = snapshot.subjects[level].length;
      return snapshot.columns(level).map((column) => Array.from(column.slice(0, size)));
    }),
  ];
  return Promise.resolve(async (output) => {
    for (const part of parts) {
      if (output.yielder.shouldYield) await output.yielder.yield();
      await output.send(Buffer.from(inspect(part(), { depth: Infinity, maxArrayLength: Infinity })));
    }
  });
};

function writeOf(answer: SnapshotAnswer): View {
  return (snapshot) => Promise.resolve((output) => answer.write(snapshot, output));
}

function metricsView(plan: Plan): View {
  // Instead of the families about the exporter itself: what they are made of.
  const own = (answer: AnswerFacts) =>
    Promise.resolve([{ name: 'own', type: 'gauge', help: inspect(answer), samples: [OWN_SAMPLE] }] as const);
  const chosen = new Set(collectors.map(({ name }) => name));
  return writeOf(new MetricsView(new NativeView(plan), own).answer(chosen, 'openmetrics'));
}

/** The answers of the endpoints. */
const VIEWS: Readonly<Record<string, (plan: Plan, usages: CpuUsages) => View>> = {
  '/metrics': metricsView,
  '/metrics/cadvisor': (plan) => {
    const compat = { zeros: true, kubeletMinor: 37, pauseImage: 'pause:3', hostNetwork: true };
    return writeOf(new CadvisorView({ plan, compat, version: 'test' }).answer({ timestamps: true }));
  },
  '/metrics/resource': () => writeOf(new ResourceView()),
  '/stats/summary': (_, usages) => {
    return async (snapshot) => {
      const usage = await usages.of(snapshot, LATER);
      const view = new SummaryView({ nodeName: 'node1', cpuUsage: () => Promise.resolve(usage) });
      return (output) => view.answer({ onlyCpuAndMemory: false }).write(snapshot, output);
    };
  },
  'the snapshot itself': () => everything,
};

const OWN_SAMPLE = { name: 'own', labels: [], value: 1 } as const;

const NEVER_YIELDS: Yielder = { shouldYield: false, yield: () => Promise.resolve() };

/** A client that takes no more after a number of pieces, until it resumes. */
class SlowClient implements Yielder {
  readonly shouldYield = true;
  readonly #stopped: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #resumed: PromiseWithResolvers<void> = Promise.withResolvers();
  #left: number;

  constructor(pieces: number) {
    this.#left = pieces;
  }

  /** Resolves when it has stopped. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  resume(): void {
    this.#resumed.resolve();
  }

  async yield(): Promise<void> {
    if (this.#left-- !== 0) return;
    this.#stopped.resolve();
    await this.#resumed.promise;
  }

  /** The text of an answer. */
  async read(snapshot: Snapshot, view: View): Promise<string> {
    const write = await view(snapshot);
    await this.yield();
    const output = textOutput(this);
    await write(output);
    return output.text();
  }
}

async function textOf(snapshot: Snapshot, view: View): Promise<string> {
  const write = await view(snapshot);
  const output = textOutput(NEVER_YIELDS);
  await write(output);
  return output.text();
}

interface Rig {
  readonly node: ChangingNode;
  readonly usages: CpuUsages;
  /** Calls `work` with the snapshot of a collection. */
  readonly use: <T>(work: (snapshot: Snapshot) => Promise<T>, deadline?: number) => Promise<T>;
}

/** A node that has been read once. */
async function rig(t: TestContext): Promise<Rig> {
  const node = changingNode(t);
  const collections = new Collections(node.scraper, (snapshot) => usages.record(snapshot));
  const usages: CpuUsages = new CpuUsages(collections);
  const use: Rig['use'] = (work, deadline = LATER) => collections.use(WANTED, deadline, work);
  await use(() => Promise.resolve());
  node.clock.now += 15_000;
  return { node, usages, use };
}

describe('a slow client of an earlier scrape reads what that scrape read', () => {
  for (const [path, open] of Object.entries(VIEWS)) {
    for (const pieces of [0, 1, 4]) {
      test(`of ${path}, after ${pieces} pieces`, async (t) => {
        const { node, usages, use } = await rig(t);
        const view = open(node.plan, usages);
        const client = new SlowClient(pieces);
        const slow = use((snapshot) => client.read(snapshot, open(node.plan, usages)));
        const expected = await use((snapshot) => textOf(snapshot, view));
        await client.stopped;
        node.change();
        for (let scrape = 0; scrape < 3; scrape++) {
          assert.notEqual(await use((snapshot) => textOf(snapshot, view)), expected);
        }
        client.resume();
        assert.equal(await slow, expected);
      });
    }
  }
});

describe('a partial snapshot', () => {
  test('reads the same while the scrape continues and after it, although cgroups vanish in between', async (t) => {
    const early: { snapshot: Snapshot; text: Promise<string> }[] = [];
    const node = changingNode(t, (_, file) => {
      if (file !== 'memory.current' || early.length > 0) return;
      const snapshot = builder.partial();
      early.push({ snapshot, text: textOf(snapshot, view) });
    });
    const view = metricsView(node.plan);
    const builder = node.scraper.builder();
    node.change();
    const finished = await node.scraper.scrape(builder, WANTED, { at: Infinity });
    const { snapshot, text } = early[0] ?? assert.fail();
    const usage = /^container_cpu_usage_seconds_total\{.*pod="batch"/m;
    assert.match(await text, usage);
    assert.equal(await textOf(snapshot, view), await text);
    assert.doesNotMatch(await textOf(finished, view), usage);
  });
});

describe('columns', () => {
  test('are reused by the next scrape, but not while a client reads them', async (t) => {
    const { use } = await rig(t);
    const column = (snapshot: Snapshot) => Promise.resolve(snapshot.columns('pod')[0]);
    const first = await use(column);
    assert.equal(await use(column), first);
    const client = new SlowClient(0);
    const slow = use((snapshot) => client.read(snapshot, everything));
    await client.stopped;
    const second = await use(column);
    assert.notEqual(second, first);
    assert.equal(await use(column), second);
    client.resume();
    await slow;
    assert.equal(await use(column), first);
  });
});

describe('the scrapes of a changing node', () => {
  test('have the families of information that belong to their numbers', async (t) => {
    const { node, use } = await rig(t);
    const view = metricsView(node.plan);
    const families = async (): Promise<readonly string[]> => {
      const text = await use((snapshot) => textOf(snapshot, view));
      const found = text.matchAll(/^container_(?:info|threads)\{.*?pod="(.*?)",container="(.*?)".*$/gm);
      return [...found].map(([line, pod, container]) => `${/^\w+/.exec(line)?.[0]} ${pod}/${container}`);
    };
    const both = (...names: readonly string[]) =>
      ['container_threads', 'container_info'].flatMap((family) => names.map((name) => `${family} ${name}`));
    const before = ['web', 'db', 'job', 'batch'].flatMap((pod) => [`${pod}/app`, `${pod}/log`]);
    assert.deepEqual((await families()).toSorted(), both(...before).toSorted());
    node.change();
    const after = ['web', 'renamed'].flatMap((pod) => [`${pod}/app`, `${pod}/log`]);
    assert.deepEqual((await families()).toSorted(), both(...after).toSorted());
  });
});
