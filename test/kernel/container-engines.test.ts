import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { availableParallelism } from 'node:os';
import { describe, test, type TestContext } from 'node:test';

import { Cleanup } from '../support/cleanup.ts';
import { ContainerEngine, whyNoEngine } from '../support/container-engines.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { SampleTable } from '../support/sample-table.ts';
import { until } from '../support/until.ts';

// The machine that runs the tests may itself be a pod.
delete process.env['KUBERNETES_SERVICE_HOST'];

const MEMORY_LIMIT = 64 * 2 ** 20;

/** Exceeds the memory limit once, holds 20 MB, and waits. */
const WORK = 'dd if=/dev/zero of=/dev/shm/x bs=1M count=20; tail /dev/zero; exec sleep 100000';

/** The kernel charges memory to a cgroup in batches of 64 pages per CPU (MEMCG_CHARGE_BATCH), and returns them at any time. */
const BATCHES = 64 * 4096 * availableParallelism();

/** `docker stats` prints four digits. */
const ROUNDING = 0.0005;

describe('Docker', { skip: whyNoEngine('dockerd', 'docker') ?? false }, () => {
  test('a container has its name, what docker stats shows, its network and its events', async (t) => {
    const opened = await open(t, (undo) => ContainerEngine.docker(undo));
    const { cleanup, engine, exporter } = opened;
    const id = await engine.start(
      cleanup,
      [
        '--name=web',
        '--network=none',
        `--memory=${MEMORY_LIMIT}`,
        '--pids-limit=50',
        '--label=com.docker.compose.project=shop',
        '--label=com.docker.compose.service=cart',
        '--label=tier=front',
      ],
      'sh',
      '-c',
      WORK,
    );
    const pid = Number(await engine.client('inspect', '--format={{.State.Pid}}', id));
    wire(pid);
    const killed = (table: SampleTable): boolean =>
      table.value('container_oom_kills_total', { container: 'web' }) === 1;
    const earlier = await until('the OOM kill', () => scrape(exporter), killed);
    const stats = await statsOf(engine.socket, id);
    const shown = await engine.client('stats', '--no-stream', '--format={{.MemUsage}}|{{.PIDs}}', id);
    const later = await scrape(exporter);
    assertInfo(later, 'web', {
      container_id: id,
      image: 'localhost/busybox:1',
      image_id: await engine.client('inspect', '--format={{.Image}}', id),
      runtime: 'docker',
      compose_project: 'shop',
      compose_service: 'cart',
      label_tier: 'front',
    });
    const of = (table: SampleTable, name: string): number =>
      table.value(`container_${name}`, { container: 'web' }) ?? NaN;
    assertBetween(of(earlier, 'cpu_usage_seconds_total'), stats.cpuSeconds, of(later, 'cpu_usage_seconds_total'));
    const [memory = '', pids] = shown.split('|');
    const [used, limit] = memory.split(' / ').map(bytesOf);
    assertClose(of(later, 'memory_working_set_bytes'), used ?? NaN);
    assert.equal(of(later, 'memory_limit_bytes'), limit);
    assert.equal(of(later, 'threads'), Number(pids));
    assert.equal(of(later, 'threads_max'), 50);
    assertNetwork(earlier, pid, await scrape(exporter));
    assertCadvisor(await exporter.get('/metrics/cadvisor'), id);
    assert.deepEqual(
      later.family('cgroup_cpu_usage_seconds_total').filter(({ labels }) => labels['cgroup']?.includes(id)),
      [],
    );
    await engine.client('rename', 'web', 'shop');
    await until('the new name', async () => {
      const table = await scrape(exporter);
      return table.value('container_threads', { container: 'shop' }) !== undefined;
    });
    await assertEvents(opened);
  });

  test("the network of the host is no container's, and one that two containers share is that of the first", async (t) => {
    const names = ['host', 'first', 'second'];
    const { cleanup, engine, exporter } = await open(t, (undo) => ContainerEngine.docker(undo));
    await engine.start(cleanup, ['--name=host', '--network=host'], 'sleep', '100000');
    const id = await engine.start(cleanup, ['--name=first', '--network=none'], 'sleep', '100000');
    wire(Number(await engine.client('inspect', '--format={{.State.Pid}}', id)));
    await engine.start(cleanup, ['--name=second', '--network=container:first'], 'sleep', '100000');
    const table = await until(
      'all containers',
      () => scrape(exporter),
      (each) => names.every((name) => each.value('container_threads', { container: name }) === 1),
    );
    // The machine may have other containers.
    const hasNetwork = (container: string): boolean =>
      table.family('container_network_receive_bytes_total').some(({ labels }) => labels['container'] === container);
    assert.deepEqual(names.filter(hasNetwork), ['first']);
  });
});

/** Runs a container that ends at once, where a scrape has found another, and expects its name and exit code in events. */
async function assertEvents({ cleanup, engine, exporter }: Opened): Promise<void> {
  const id = await engine.start(cleanup, ['--name=job', '--network=none'], 'sh', '-c', 'exit 3');
  const events = async (): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const body = await exporter.get('/api/v1/events?container=job');
    return (JSON.parse(body) as { readonly events: readonly Readonly<Record<string, unknown>>[] }).events;
  };
  const [started, ended] = await until('both events', events, ({ length }) => length === 2);
  assert.deepEqual([started?.['type'], started?.['container_id']], ['container_started', id]);
  assert.deepEqual([ended?.['type'], ended?.['container_id'], ended?.['exit_code']], ['container_ended', id, 3]);
  for (const event of [started, ended])
    for (const name of ['namespace', 'pod', 'uid']) assert.ok(!(name in (event ?? {})));
}

describe('Podman', { skip: whyNoEngine('podman') ?? false }, () => {
  test('a container has its name, its numbers and its events', async (t) => {
    const opened = await open(t, (undo) => ContainerEngine.podman(undo));
    const { cleanup, engine, exporter } = opened;
    const id = await engine.start(
      cleanup,
      ['--name=web', '--network=none', `--memory=${MEMORY_LIMIT}`, '--label=tier=front'],
      'sh',
      '-c',
      WORK,
    );
    const table = await until(
      'the OOM kill',
      () => scrape(exporter),
      (each) => each.value('container_oom_kills_total', { container: 'web' }) === 1,
    );
    assertInfo(table, 'web', {
      container_id: id,
      image: 'localhost/busybox:1',
      image_id: `sha256:${(await engine.client('inspect', '--format={{.Image}}', id)).replace(/^sha256:/, '')}`,
      runtime: 'podman',
      label_tier: 'front',
    });
    assert.equal(table.value('container_memory_limit_bytes', { container: 'web' }), MEMORY_LIMIT);
    assertCadvisor(await exporter.get('/metrics/cadvisor'), id);
    await assertEvents(opened);
  });
});

interface Opened {
  readonly cleanup: Cleanup;
  readonly engine: ContainerEngine;
  readonly exporter: ExporterProcess;
}

async function open(t: TestContext, start: (cleanup: Cleanup) => Promise<ContainerEngine>): Promise<Opened> {
  const cleanup = new Cleanup();
  t.after(() => cleanup.run());
  const engine = await start(cleanup);
  const exporter = await ExporterProcess.start([
    '--pods=none',
    `--containers=docker:${engine.socket}`,
    '--container-labels=tier',
    '--events',
  ]);
  cleanup.defer(() => exporter.stop());
  return { cleanup, engine, exporter };
}

async function scrape(exporter: ExporterProcess): Promise<SampleTable> {
  return new SampleTable(await exporter.get('/metrics'));
}

/** Gives the network namespace of a process two interfaces that are connected with each other. */
function wire(pid: number): void {
  const commands = ['link add eth0 type veth peer name eth1', 'link set eth1 up', 'link set eth0 up'];
  execFileSync('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', '-batch', '-'], { input: commands.join('\n') });
}

function assertInfo(table: SampleTable, container: string, labels: Readonly<Record<string, string>>): void {
  const found = table.family('container_info').find((sample) => sample.labels['container'] === container);
  assert.deepEqual(found?.labels, { container, ...labels });
}

function assertNetwork(earlier: SampleTable, pid: number, later: SampleTable): void {
  const line = readFileSync(`/proc/${pid}/net/dev`, 'latin1').match(/eth0:\s*(\d+)/)?.[1];
  const labels = { container: 'web', interface: 'eth0' };
  const of = (table: SampleTable): number => table.value('container_network_receive_bytes_total', labels) ?? NaN;
  assert.ok(of(earlier) <= of(later) && of(later) <= Number(line), `${of(earlier)} ${of(later)} ${line}`);
}

function assertCadvisor(text: string, id: string): void {
  const table = new SampleTable(text.replaceAll(/ \d{13}$/gm, ''));
  const found = table.family('container_memory_usage_bytes').filter(({ labels }) => labels['id']?.includes(id));
  assert.deepEqual(
    found.map(({ labels: { name, image, container_label_tier: tier } }) => [name, image, tier]),
    [['web', 'localhost/busybox:1', 'front']],
  );
}

function assertBetween(lower: number, value: number, upper: number): void {
  assert.ok(lower <= value && value <= upper, `${lower} ${value} ${upper}`);
}

function assertClose(actual: number, shown: number): void {
  assert.ok(Math.abs(actual - shown) <= BATCHES + shown * ROUNDING, `${actual} ${shown}`);
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** Bytes of a size as `docker stats` prints it: `19.5MiB`. */
function bytesOf(text: string): number {
  const [, number, unit = ''] = /^([\d.]+)([KMG]?i?B)$/.exec(text.trim()) ?? [];
  return Number(number) * (UNITS[unit] ?? NaN);
}

/** The CPU time of a container that `docker stats` computes its percentage from. */
async function statsOf(socketPath: string, id: string): Promise<{ readonly cpuSeconds: number }> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const path = `/containers/${id}/stats?stream=false&one-shot=true`;
  request({ socketPath, path, headers: { Host: 'engine' } }, (response) => {
    let text = '';
    response.on('data', (chunk) => (text += String(chunk)));
    response.on('end', () => resolve(text));
  })
    .on('error', reject)
    .end();
  const stats = JSON.parse(await promise) as { cpu_stats: { cpu_usage: { total_usage: number } } };
  return { cpuSeconds: stats.cpu_stats.cpu_usage.total_usage / 1e9 };
}
