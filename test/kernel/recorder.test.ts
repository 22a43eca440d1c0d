import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { nodePods } from '../support/node-pods.ts';
import { NodeScraper, type ScrapedNode } from '../support/node-scraper.ts';
import { indexOf } from '../support/recorded-copy.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { StandInNode } from '../support/stand-in-node.ts';

const top = join(import.meta.dirname, '../..');

/** Pods whose containers come and go, so that two scrapes differ. */
const RESTLESS = /^(?:oom|oom-child|unknown)$/;

/** A word that stands in everything secret of the pods. */
const SECRET = 'hunter2';

/** Series that a recording cannot have: mounts can be listed, but not asked. */
const NOT_RECORDED = /^machine_filesystem_|^pod_volume_/;

function whyNoRecorder(): string | undefined {
  return whyNoStandIn() ?? (spawnSync('tar', ['--version']).status === 0 ? undefined : 'needs tar');
}

/** A kubectl that knows a list of pods and what version a node has; of the kubelet's endpoints it returns the path. */
function fakeKubectl(podsFile: string): string {
  const info = '{"kubeletVersion":"v1.37.2","containerRuntimeVersion":"containerd://2.4.2"}';
  return `#!/bin/sh
case "$*" in
  "get node "*) echo '{"status":{"nodeInfo":${info}}}' ;;
  "get pods "*|*/proxy/pods) cat ${podsFile} ;;
  */metrics/cadvisor) echo '/metrics/cadvisor machine_id="m"' ;;
  *) echo "\${3#*/proxy}" ;;
esac
`;
}

/** Series by name and labels. */
function series(lines: readonly string[]): readonly string[] {
  const names = lines.map((line) => line.slice(0, line.lastIndexOf(' ')));
  return names.filter((name) => !NOT_RECORDED.test(name)).toSorted();
}

async function scrape(node: ScrapedNode): Promise<readonly string[]> {
  const scraper = new NodeScraper(node);
  try {
    const { lines, errors } = await scraper.scrape();
    assert.deepEqual(errors, {});
    return lines;
  } finally {
    scraper.close();
  }
}

for (const driver of ['cgroupfs', 'systemd'] as const) {
  describe(`a recording of a node with the driver ${driver}`, { skip: whyNoRecorder() ?? false }, () => {
    let node: StandInNode;
    let view: string;
    let folder: string;
    let output: string;
    let podsFile: string;
    let live: readonly string[];

    before(async () => {
      node = await StandInNode.create({ driver });
      const plans = nodePods({ folder: node.tree.folder, oomPeriod: 10 });
      await node.addPods(plans.filter(({ name }) => !RESTLESS.test(name)));
      view = node.tree.view();
      podsFile = withSecrets(await node.podsFile());
      folder = join(node.tree.folder, 'recorded');
      // Without packages, as on a node.
      const checkout = join(node.tree.folder, 'checkout');
      mkdirSync(checkout);
      for (const name of ['src', 'scripts', 'package.json']) {
        cpSync(join(top, name), join(checkout, name), { recursive: true });
      }
      live = await scrape({ cgroup: view, index: await indexOf(podsFile, node.nodeName) });
      const flags = [`--pods=${podsFile}`, `--node-name=${node.nodeName}`, `--path.cgroup=${view}`];
      const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/record.ts', folder, ...flags], {
        cwd: checkout,
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
      output = stdout;
    });

    after(() => node.stop());

    /** The list of pods with secrets wherever Kubernetes has them. */
    function withSecrets(file: string): string {
      const list = JSON.parse(readFileSync(file, 'utf8')) as {
        items: { metadata: object; spec: { containers: object[] } }[];
      };
      for (const { metadata, spec } of list.items) {
        Object.assign(metadata, {
          annotations: { ...(metadata as { annotations?: object }).annotations, note: SECRET },
        });
        for (const container of spec.containers) {
          Object.assign(container, { env: [{ name: 'TOKEN', value: SECRET }], args: [SECRET] });
        }
        Object.assign(spec, { volumes: [{ name: 'creds', secret: { secretName: SECRET } }] });
      }
      const other = join(node.tree.folder, 'secret-pods.json');
      writeFileSync(other, JSON.stringify(list));
      return other;
    }

    function files(): readonly string[] {
      const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    }

    async function recorded(at = folder): Promise<readonly string[]> {
      return scrape({
        cgroup: join(at, 'node/sys/fs/cgroup'),
        procfs: join(at, 'node/proc'),
        sysfs: join(at, 'node/sys'),
        rootfs: join(at, 'node'),
        index: await indexOf(join(at, 'pods.json'), node.nodeName),
      });
    }

    test('has the series of the live node, networks included', async () => {
      const lines = await recorded();
      assert.deepEqual(series(lines), series(live));
      assert.ok(lines.filter((line) => line.startsWith('pod_network_receive_bytes_total')).length > 5);
      const fixed = (line: string): boolean => /^\w+_(?:limit_\w+|info|threads_max|requests?)\{/.test(line);
      assert.deepEqual(lines.filter(fixed), live.filter(fixed));
    });

    test('has no secret, and states what was removed', () => {
      const telling = files().filter((file) => readFileSync(file, 'latin1').includes(SECRET));
      assert.deepEqual(telling, []);
      const readme = readFileSync(join(folder, 'README.md'), 'utf8');
      for (const what of ['spec.containers[].env', 'spec.containers[].args', 'metadata.annotations.note']) {
        assert.ok(output.includes(`removed pods.json: ${what}: `), what);
        assert.ok(readme.includes(`- pods.json: ${what}: `), what);
      }
      assert.ok(!files().some((file) => /^(?:environ|cmdline|machine-id)$/.test(basename(file))));
    });

    test('is an archive of less than 1 MB that has everything', () => {
      const [, archive = ''] = /^(\/\S+\.tar\.[gx]z): \d+ KiB/m.exec(output) ?? [];
      assert.ok(statSync(archive).size < 1_000_000, `${statSync(archive).size}`);
      const { stdout } = spawnSync('tar', ['--list', '--file', archive], { encoding: 'utf8' });
      const listed = stdout.trimEnd().split('\n');
      assert.ok(listed.includes('recorded/pods.json') && listed.includes('recorded/README.md'));
      assert.ok(listed.length > files().length);
    });

    test('can be trimmed to a golden node', async () => {
      const target = join(node.tree.folder, 'golden');
      const { status, stderr } = spawnSync(process.execPath, [join(top, 'scripts/trim-recording.ts'), folder, target]);
      assert.equal(status, 0, stderr.toString());
      assert.deepEqual(await recorded(target), await recorded());
      assert.match(readFileSync(join(target, 'README.md'), 'utf8'), /^# golden\n[^]*\n## Removed\n[^]*\n## Trimmed\n/);
      rmSync(target, { recursive: true });
    });

    test("has the kubelet's endpoints before and after, as kubectl returns them", () => {
      const bin = join(node.tree.folder, 'bin');
      mkdirSync(bin, { recursive: true });
      writeFileSync(join(bin, 'kubectl'), fakeKubectl(podsFile), { mode: 0o755 });
      const target = join(node.tree.folder, 'with-kubelet');
      const flags = [target, '--kubelet', `--node-name=${node.nodeName}`, `--path.cgroup=${view}`];
      const { status, stderr } = spawnSync(process.execPath, [join(top, 'scripts/record.ts'), ...flags], {
        env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
      });
      assert.equal(status, 0, stderr.toString());
      const read = (path: string): string => readFileSync(join(target, path), 'utf8');
      assert.match(read('recording.json'), /"kubeletVersion": "v1\.37\.2"/);
      assert.match(read('README.md'), /^\| runtime \| containerd 2\.4\.2 \|$/m);
      for (const when of ['before', 'after']) {
        assert.equal(read(`kubelet/${when}/metrics_cadvisor.prom`), '/metrics/cadvisor machine_id="removed"\n');
        assert.equal(read(`kubelet/${when}/stats_summary.json`), '/stats/summary\n');
      }
      assert.equal(read('kubelet/before/pods.json'), read('pods.json'));
      assert.equal(
        read('kubelet/before/stats_summary_only_cpu_and_memory_true.json'),
        '/stats/summary?only_cpu_and_memory=true\n',
      );
      rmSync(target, { recursive: true });
    });

    test('is not written over another one', () => {
      const { status, stderr } = spawnSync(process.execPath, [join(top, 'scripts/record.ts'), folder]);
      assert.deepEqual([status, stderr.toString()], [1, `record: ${folder} is not empty\n`]);
    });

    test('is refused with one line if the list of pods is none, or of another node', () => {
      for (const [pods, line] of [
        ['no JSON', /^record: cannot read the list of pods in \S+: .+\n$/],
        ['{"items":[]}', /^record: the list has no pod of node \S+, set --node-name\n$/],
      ] as const) {
        const file = join(node.tree.folder, 'bad-pods.json');
        writeFileSync(file, pods);
        const target = join(node.tree.folder, 'refused');
        const flags = [target, `--pods=${file}`, `--path.cgroup=${view}`];
        const { status, stderr } = spawnSync(process.execPath, [join(top, 'scripts/record.ts'), ...flags]);
        assert.equal(status, 1);
        assert.match(stderr.toString(), line);
        rmSync(target, { recursive: true, force: true });
      }
    });
  });
}
