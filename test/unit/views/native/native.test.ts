import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { PagePool } from '../../../../src/exposition/page-pool.ts';
import { ExpositionWriter, type ExpositionFormat } from '../../../../src/exposition/writer.ts';
import { collectors } from '../../../../src/metrics/index.ts';
import { perLevel, type Collector, type Level } from '../../../../src/metrics/row.ts';
import type { ContainerRecord, PodRecord } from '../../../../src/pods/pod.ts';
import { compilePlan } from '../../../../src/plan/compile-plan.ts';
import { SnapshotBuilder } from '../../../../src/snapshot/builder.ts';
import type { Subject } from '../../../../src/snapshot/subject.ts';
import { NativeView } from '../../../../src/views/native/native.ts';

const ALL = ['cpu', 'io', 'state', 'info'];

const ROWS: Collector = {
  name: 'cpu',
  about: 'Test.',
  enabled: true,
  cgroup: [
    {
      name: 'cpu_seconds_total',
      type: 'counter',
      help: 'CPU "time".',
      levels: ['container', 'pod', 'cgroup'],
      from: { v1: 'absent', v2: { file: 'cpu.stat', key: 'usage_usec' } },
    },
    {
      name: 'events_total',
      type: 'counter',
      help: 'Events.',
      by: ['event'],
      levels: ['pod'],
      from: [
        { labels: ['low'], v1: 'absent', v2: { file: 'memory.events', key: 'low' } },
        { labels: ['say "oom"'], v1: 'absent', v2: { file: 'memory.events', key: 'oom' } },
      ],
    },
  ],
};

const DEVICES: Collector = {
  name: 'io',
  about: 'Test.',
  enabled: true,
  cgroup: [
    {
      name: 'reads_total',
      type: 'counter',
      help: 'Reads.',
      by: ['device'],
      levels: ['container'],
      from: { v1: 'absent', v2: { file: 'io.stat', key: 'rios' } },
    },
  ],
};

const FACTS = collectors.filter(({ name }) => name === 'state' || name === 'info');

const PLAN = compilePlan([ROWS, DEVICES, ...FACTS], { version: 'v2', pageSizes: [] });

const APP: ContainerRecord = {
  name: 'app',
  type: 'app',
  id: 'c1',
  image: 'shop/web:1',
  startedAt: 50,
  restarts: 3,
  oomKills: 1,
  requests: { cpu: 0.25 },
  limits: { memory: 1024 },
};
const INIT: ContainerRecord = {
  name: 'init',
  type: 'init',
  oomKills: 0,
  restarts: 0,
  requests: { cpu: 9 },
  limits: {},
};

const POD: PodRecord = {
  uid: 'u1',
  namespace: 'shop',
  name: 'web',
  qosClass: 'Burstable',
  hostNetwork: false,
  workload: 'say "hi"',
  workloadKind: '',
  startTime: 40,
  labels: { 'app.kubernetes.io/name': 'web' },
  annotations: {},
  containers: [INIT, APP],
};

function subject(level: Level, labels: Readonly<Record<string, string>>, more: Partial<Subject> = {}): Subject {
  return { id: 0, level, path: '', labels: Object.entries(labels), ...more };
}

/** A snapshot of one pod with one running container, in which every collector has succeeded. */
function snapshotOf(more: Partial<Record<Level, Subject[]>> = {}): SnapshotBuilder {
  const snapshot = new SnapshotBuilder(PLAN);
  const labels = { namespace: 'shop', pod: 'web' };
  snapshot.prepare({
    ...perLevel(() => []),
    container: [subject('container', { ...labels, container: 'app' }, { pod: POD, container: APP })],
    pod: [subject('pod', labels, { pod: POD })],
    cgroup: [subject('cgroup', { cgroup: '/' }), subject('cgroup', { cgroup: '/kubepods' })],
    ...more,
  });
  for (const collector of ALL) snapshot.outcomes.push({ collector, seconds: 0, success: true });
  return snapshot;
}

/** Stores a value for the first subject in the column of a family, or of the family's series at a position. */
function store(snapshot: SnapshotBuilder, family: string, value: number, at = 0): void {
  const { level, series } = PLAN.families.find(({ name }) => name === family) ?? assert.fail();
  const column = snapshot.columns(level)[series[at]?.column ?? -1] ?? assert.fail();
  column[0] = value;
}

interface Written {
  readonly text: string;
  readonly series: Readonly<Record<string, number>>;
  readonly rests: number;
}

async function write(
  snapshot: SnapshotBuilder,
  wanted: readonly string[],
  format: ExpositionFormat = 'text',
  view = new NativeView(PLAN),
): Promise<Written> {
  const writer = new ExpositionWriter(format, new PagePool());
  let rests = 0;
  const slices = {
    shouldYield: true,
    yield: (): Promise<void> => {
      rests++;
      return Promise.resolve();
    },
  };
  const series = await view.write(snapshot.finish(), new Set(wanted), writer, slices);
  return { text: Buffer.concat(writer.finish()).toString(), series: Object.fromEntries(series), rests };
}

describe('numbers', () => {
  test('are written family by family, each under its head, and only those that are there', async () => {
    const snapshot = snapshotOf();
    store(snapshot, 'container_cpu_seconds_total', 1.5);
    store(snapshot, 'cgroup_cpu_seconds_total', 0);
    store(snapshot, 'pod_events_total', 7, 1);
    const { text, series } = await write(snapshot, ['cpu']);
    assert.equal(
      text,
      [
        '# HELP container_cpu_seconds_total CPU "time".',
        '# TYPE container_cpu_seconds_total counter',
        'container_cpu_seconds_total{namespace="shop",pod="web",container="app"} 1.5',
        '# HELP cgroup_cpu_seconds_total CPU "time".',
        '# TYPE cgroup_cpu_seconds_total counter',
        'cgroup_cpu_seconds_total{cgroup="/"} 0',
        '# HELP pod_events_total Events.',
        '# TYPE pod_events_total counter',
        String.raw`pod_events_total{namespace="shop",pod="web",event="say \"oom\""} 7`,
        '',
      ].join('\n'),
    );
    assert.deepEqual(series, { cpu: 3 });
  });

  test('in OpenMetrics have heads of their own', async () => {
    const snapshot = snapshotOf();
    store(snapshot, 'pod_cpu_seconds_total', 2);
    assert.equal(
      (await write(snapshot, ['cpu'], 'openmetrics')).text,
      '# HELP pod_cpu_seconds CPU \\"time\\".\n# TYPE pod_cpu_seconds counter\npod_cpu_seconds_total{namespace="shop",pod="web"} 2\n# EOF\n',
    );
  });

  test('with a label that was found are written for each value', async () => {
    const snapshot = snapshotOf();
    const [list] = snapshot.lists;
    list?.subjects.push(0, 0);
    list?.names.push('sda', 'odd"name');
    list?.values.push(3, 4);
    const { text, series } = await write(snapshot, ['io']);
    assert.deepEqual(text.split('\n').slice(2), [
      'container_reads_total{namespace="shop",pod="web",container="app",device="sda"} 3',
      String.raw`container_reads_total{namespace="shop",pod="web",container="app",device="odd\"name"} 4`,
      '',
    ]);
    assert.deepEqual(series, { io: 2 });
  });

  test('of what vanished are not written', async () => {
    const gone = subject('container', { container: 'x' }, { pod: POD, container: APP });
    const snapshot = snapshotOf({ container: [gone] });
    store(snapshot, 'container_cpu_seconds_total', 2);
    snapshot.lists[0]?.subjects.push(0);
    snapshot.lists[0]?.names.push('sda');
    snapshot.lists[0]?.values.push(3);
    snapshot.remove('container', 0);
    const { text } = await write(snapshot, ALL);
    assert.doesNotMatch(text, /container="x"|container_reads_total/);
  });

  test('of a collector that was cut or not asked for are not written', async () => {
    const snapshot = snapshotOf();
    store(snapshot, 'pod_cpu_seconds_total', 2);
    snapshot.outcomes = [
      { collector: 'cpu', seconds: 0, success: false },
      { collector: 'io', seconds: 0, success: true },
    ];
    assert.deepEqual(await write(snapshot, ['cpu', 'io', 'state']), { text: '', series: { io: 0 }, rests: 1 });
    assert.deepEqual((await write(snapshotOf(), [])).series, {});
  });

  test('follow a new name at once', async () => {
    const view = new NativeView(PLAN);
    const snapshot = snapshotOf();
    store(snapshot, 'pod_cpu_seconds_total', 2);
    assert.match((await write(snapshot, ['cpu'], 'text', view)).text, /pod="web"} 2/);
    const renamed = snapshotOf({ pod: [subject('pod', { namespace: 'shop', pod: 'renamed' })] });
    store(renamed, 'pod_cpu_seconds_total', 2);
    assert.match((await write(renamed, ['cpu'], 'text', view)).text, /pod="renamed"} 2/);
  });

  test('are written in slices', async () => {
    const snapshot = snapshotOf();
    const { rests } = await write(snapshot, ALL);
    assert.ok(rests >= PLAN.families.length + PLAN.facts.length);
  });
});

/** The samples that are written. */
async function lines(snapshot: SnapshotBuilder, wanted: readonly string[]): Promise<readonly string[]> {
  const { text } = await write(snapshot, wanted);
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('facts', () => {
  test('of state exist for running containers or for all, and requests not for init containers', async () => {
    const labels = 'namespace="shop",pod="web"';
    assert.deepEqual(await lines(snapshotOf(), ['state']), [
      `pod_start_time_seconds{${labels}} 40`,
      `container_start_time_seconds{${labels},container="app"} 50`,
      `container_restarts_total{${labels},container="init"} 0`,
      `container_restarts_total{${labels},container="app"} 3`,
      `container_terminated_oom_total{${labels},container="init"} 0`,
      `container_terminated_oom_total{${labels},container="app"} 1`,
      `container_resource_requests{${labels},container="app",resource="cpu",unit="core"} 0.25`,
      `container_resource_limits{${labels},container="app",resource="memory",unit="byte"} 1024`,
    ]);
  });

  test('of identity leave out what is not known or empty', async () => {
    assert.deepEqual(await lines(snapshotOf(), ['info']), [
      String.raw`pod_info{namespace="shop",pod="web",uid="u1",qos_class="Burstable",host_network="false",workload="say \"hi\""} 1`,
      'container_info{namespace="shop",pod="web",container="app",container_id="c1",image="shop/web:1",type="app"} 1',
      'pod_labels{namespace="shop",pod="web",label_app_kubernetes_io_name="web"} 1',
    ]);
  });

  test('are counted as series, and a fact without a sample has no head', async () => {
    const { series, text } = await write(snapshotOf(), ['info', 'state']);
    assert.deepEqual(series, { info: 3, state: 8 });
    assert.doesNotMatch(text, /pod_annotations/);
  });

  test('are absent where Kubernetes is not known', async () => {
    const nameless = {
      pod: [subject('pod', { pod: 'u1' })],
      container: [subject('container', { pod: 'u1', container: 'c1' })],
    };
    assert.deepEqual(await lines(snapshotOf(nameless), ['info', 'state']), []);
  });

  test('of a pod that vanished are absent', async () => {
    const snapshot = snapshotOf({ container: [] });
    snapshot.remove('pod', 0);
    assert.deepEqual(await lines(snapshot, ['info', 'state']), []);
  });

  test('follow the record: the same text for the same one, another for another', async () => {
    const view = new NativeView(PLAN);
    const before = await write(snapshotOf(), ['state'], 'text', view);
    assert.equal((await write(snapshotOf(), ['state'], 'text', view)).text, before.text);
    const changed = { ...POD, startTime: 41, containers: [] };
    const snapshot = snapshotOf({
      pod: [subject('pod', { namespace: 'shop', pod: 'web' }, { pod: changed })],
      container: [],
    });
    assert.match((await write(snapshot, ['state'], 'text', view)).text, /pod_start_time_seconds\{[^}]*\} 41\n$/);
  });
});
