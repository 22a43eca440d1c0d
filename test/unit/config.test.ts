import { strict as assert } from 'node:assert';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ALL_OPTIONS } from '../../src/command-line.ts';
import { commands } from '../../src/commands/index.ts';
import type { Config } from '../../src/config.ts';
import { ConfigError } from '../../src/flag-values.ts';
import { collectors as table } from '../../src/metrics/index.ts';
import type { Option } from '../../src/option.ts';
import { environmentName, OPTIONS } from '../../src/options.ts';
import { configOf } from '../support/config-of.ts';
import { VALUES } from './flag-examples.ts';
import { fileTree } from './kernel/file-tree.ts';
import { unprivileged } from './kernel/unprivileged.ts';

type Environment = Readonly<Record<string, string>>;

const read = configOf;

/** Flags that count only if no other pod than our own is wanted. */
const OF_OWN_POD = new Set(['pod-uid', 'pod-namespace', 'pod-name', 'pod-ip', 'host-ip']);

describe('flags', () => {
  for (const [name, [text, of, value]] of Object.entries(VALUES)) {
    const twin = environmentName(name);
    const owner = commands.find(({ options }) => name in options) ?? commands[0];
    const readOwner = (args: readonly string[], environment?: Environment): Config =>
      read([owner.name, ...args], environment);
    const around: Environment = OF_OWN_POD.has(name)
      ? { POD_EXPORTER_SCOPE: 'pod' }
      : name.startsWith('events.')
        ? { POD_EXPORTER_EVENTS: 'true' }
        : {};
    test(`--${name}=${text}`, () => assert.deepEqual(of(readOwner([`--${name}=${text}`], around)), value));
    test(`--${name} ${text}`, () => assert.deepEqual(of(readOwner([`--${name}`, text], around)), value));
    test(`${twin}=${text}`, () => assert.deepEqual(of(readOwner([], { ...around, [twin]: text })), value));
    test(`--${name} counts, not ${twin}`, () => {
      const others: Readonly<Record<string, string>> = {
        'path.procfs': '/dev',
        'path.cgroup': '/dev',
        format: 'text',
        'log.level': 'debug',
        'log.format': 'logfmt',
        pods: 'none',
        containers: 'none',
        scope: 'node',
        'web.auth': 'none',
        'web.auth.attributes': 'node',
        url: 'http://other',
        columns: 'pods',
        sort: 'worst',
        'kubelet-url': 'https://other:10250',
        'compat.kubelet-version': '1.26',
        'collector.volumes.timeout': '3',
      };
      const other = others[name] ?? (/^\d+$/.test(text) ? '3' : name === 'web.listen-address' ? ':3' : '/other');
      assert.notDeepEqual(of(readOwner([], { ...around, [twin]: other })), value);
      assert.deepEqual(of(readOwner([`--${name}=${text}`], { ...around, [twin]: other })), value);
    });
    test(`the last of several --${name} counts`, () => {
      assert.deepEqual(of(readOwner([`--${name}=${text}`, `--${name}=${text}`], around)), value);
    });
  }

  test('every flag with a value is among those', () => {
    const withValue = Object.entries<Option>(OPTIONS)
      .filter(([, { value }]) => value !== undefined)
      .map(([name]) => name);
    assert.deepEqual(withValue.toSorted(), Object.keys(VALUES).toSorted());
  });

  test('mounts made per pod are excluded by default, wherever they are, and those of the node are not', () => {
    const perPod = [
      '/run/containerd/io.containerd.grpc.v1.cri/sandboxes/a/shm',
      '/run/k3s/containerd/io.containerd.grpc.v1.cri/sandboxes/a/shm',
      '/run/containers/storage/overlay-containers/a/userdata/shm',
      `/data/docker/containers/${'a'.repeat(64)}/mounts/shm`,
      `/run/kata-containers/shared/sandboxes/${'a'.repeat(64)}/shared`,
      `/var/lib/nerdctl/1935db59/containers/default/${'a'.repeat(64)}/shm`,
      '/var/lib/containerd/tmpmounts/containerd-mount123456',
      '/var/lib/kubelet/pods/u/volumes/kubernetes.io~projected/x',
      '/var/lib/k0s/kubelet/pods/u/volumes/kubernetes.io~projected/x',
      '/home/kubernetes/containerized_mounter/rootfs/var/lib/kubelet/pods/u/volumes/kubernetes.io~projected/x',
      '/data/k8s/pods/u/volumes/kubernetes.io~projected/x',
      '/data/k8s/pods/u/volume-subpaths/x/app/0',
      '/data/k8s/pods/u/volumeDevices/kubernetes.io~csi/x',
      '/var/lib/kubelet/plugins/kubernetes.io/csi/ebs.csi.aws.com/0a1b/globalmount',
      '/var/lib/kubelet/plugins/kubernetes.io/local-volume/mounts/pv-1',
      '/data/k8s/plugins/kubernetes.io/csi/pv/pvc-1/globalmount',
    ];
    const ofNode = [
      '/',
      '/var/lib/kubelet',
      '/var/lib/kubelet/pods',
      '/var/lib/containerd',
      '/var/lib/containerd/io.containerd.snapshotter.v1.btrfs',
      '/var/lib/containers/storage',
      '/data/pods',
      '/data/containers/backup',
      `/ostree/deploy/fedora/deploy/${'a'.repeat(64)}.0/usr`,
      `/data/${'a'.repeat(64)}`,
      '/var/lib/kubelet/plugins',
      '/data/plugins/x',
    ];
    const { excludedMountPoints } = read([]).storage;
    assert.deepEqual(
      [...perPod, ...ofNode].filter((mountPoint) => excludedMountPoints.test(mountPoint)),
      perPod,
    );
  });

  test('--containers has the sockets of engines, each once', () => {
    const sockets = (...values: readonly string[]): readonly string[] =>
      read(values.map((value) => `--containers=${value}`)).engineSockets;
    assert.deepEqual(sockets(), []);
    assert.deepEqual(sockets('none'), []);
    assert.deepEqual(sockets('docker'), ['/var/run/docker.sock']);
    assert.deepEqual(sockets('docker', 'docker:/run/podman/podman.sock', 'docker'), [
      '/var/run/docker.sock',
      '/run/podman/podman.sock',
    ]);
  });

  test('--web.disable-exporter-metrics excludes the process', () => {
    assert.equal(read(['--web.disable-exporter-metrics']).exporterMetrics, false);
    assert.equal(read([], { POD_EXPORTER_WEB_DISABLE_EXPORTER_METRICS: 'true' }).exporterMetrics, false);
  });

  test('defaults', () => {
    const { collectors, interfaces, storage, top: _top, ...rest } = read([]);
    assert.deepEqual(rest, {
      listen: [{ host: undefined, port: 9771 }],
      telemetryPath: '/metrics',
      webAuth: 'none',
      webAuthAttributes: 'node',
      maxRequests: 40,
      exporterMetrics: true,
      paths: { procfs: '/proc', sysfs: '/sys', rootfs: '/', kubelet: '/var/lib/kubelet' },
      pods: 'auto',
      kubeletInsecureTls: false,
      kubeletFallback: false,
      engineSockets: [],
      containerLabels: [],
      podLabels: [],
      podAnnotations: [],
      metadataLimits: { maxKeys: 64, maxBytes: 16_384, maxNodeBytes: 4_194_304 },
      compat: { pauseImage: 'registry.k8s.io/pause', hostNetwork: false, zeros: false, kubeletMinor: 37 },
      walk: { walkMsPerSecond: 50, maxIoPressurePercent: 20 },
      descriptors: 16_384,
      once: false,
      format: 'text',
      logLevel: 'info',
      logFormat: 'logfmt',
    });
    assert.ok(interfaces.test('eth0'));
    assert.equal(storage.partitions, false);
    assert.deepEqual(
      ['loop0', 'ram1', 'zram0', 'fd0', 'sda', 'xram0', 'loop0p1', 'dm-0'].filter((name) =>
        storage.excludedDisks.test(name),
      ),
      ['loop0', 'ram1', 'zram0', 'fd0'],
    );
    assert.deepEqual(
      [...collectors],
      [
        'cpu',
        'memory',
        'io',
        'pids',
        'pressure',
        'network',
        'sockets',
        'info',
        'state',
        'machine',
        'disk',
        'filesystem',
        'volumes',
      ],
    );
  });

  test('--collector.disk.partitions', () => {
    assert.equal(read(['--collector.disk.partitions']).storage.partitions, true);
  });

  test('--once', () => {
    assert.equal(read(['--once']).once, true);
    assert.equal(read([], { POD_EXPORTER_ONCE: 'true' }).once, true);
    assert.equal(read(['--no-once'], { POD_EXPORTER_ONCE: 'true' }).once, false);
    assert.equal(read([], { POD_EXPORTER_ONCE: 'false' }).once, false);
  });

  test("the node's address is that of NODE_IP", () => {
    assert.equal(read([], { NODE_IP: '192.0.2.1' }).nodeIp, '192.0.2.1');
    assert.equal('nodeIp' in read([], { NODE_IP: '' }), false);
  });

  test('--kubelet-insecure-tls', () => {
    assert.equal(read(['--kubelet-insecure-tls']).kubeletInsecureTls, true);
    assert.equal(read([], { POD_EXPORTER_KUBELET_INSECURE_TLS: 'true' }).kubeletInsecureTls, true);
  });

  test('NODE_NAME serves where nothing else names the node', () => {
    assert.equal(read([], { NODE_NAME: 'a' }).nodeName, 'a');
    assert.equal(read([], { NODE_NAME: 'a', POD_EXPORTER_NODE_NAME: 'b' }).nodeName, 'b');
    assert.equal(read(['--node-name=c'], { NODE_NAME: 'a', POD_EXPORTER_NODE_NAME: 'b' }).nodeName, 'c');
    assert.equal(read([], { NODE_NAME: '' }).nodeName, undefined);
  });

  test('the downward API describes the own pod by the usual variables, where no other is set', () => {
    const variables = {
      POD_UID: 'u',
      POD_NAMESPACE: 'shop',
      POD_NAME: 'web-0',
      NODE_NAME: 'node1',
      POD_IP: '10.0.0.7',
      HOST_IP: '192.0.2.1',
    };
    const own = {
      uid: 'u',
      namespace: 'shop',
      name: 'web-0',
      node: 'node1',
      podIp: '10.0.0.7',
      hostIp: '192.0.2.1',
    };
    assert.deepEqual(read(['--scope=pod'], variables).ownPod, own);
    assert.equal(read([], variables).ownPod, undefined);
    const others = { ...variables, POD_EXPORTER_POD_NAME: 'web-1', POD_IP: '' };
    const { podIp: _, ...rest } = own;
    assert.deepEqual(read(['--scope=pod', '--pod-uid=v'], others).ownPod, { ...rest, uid: 'v', name: 'web-1' });
    assert.deepEqual(read(['--scope=pod']).ownPod, {});
  });

  test('variables of other programs are ignored', () => {
    assert.deepEqual(read([], { POD_EXPORTER_UNKNOWN: 'x', LOG_LEVEL: 'x', PODS: 'x' }), read([]));
  });

  test('twins are distinguished', () => {
    const names = Object.keys(ALL_OPTIONS);
    assert.equal(new Set(names.map(environmentName)).size, names.length);
    for (const name of names) assert.match(environmentName(name), /^POD_EXPORTER_[A-Z_]+$/);
  });
});

describe('--web.listen-address', () => {
  const GOOD: Readonly<Record<string, Config['listen'][number]>> = {
    ':9771': { host: undefined, port: 9771 },
    ':0': { host: undefined, port: 0 },
    '0.0.0.0:65535': { host: '0.0.0.0', port: 65_535 },
    'localhost:80': { host: 'localhost', port: 80 },
    '[::1]:9771': { host: '::1', port: 9771 },
    '[::]:9771': { host: '::', port: 9771 },
    '[fe80::1%eth0]:9771': { host: 'fe80::1%eth0', port: 9771 },
  };
  for (const [text, listen] of Object.entries(GOOD)) {
    test(text, () => assert.deepEqual(read([`--web.listen-address=${text}`]).listen, [listen]));
  }

  const BOTH = [GOOD[':0'], GOOD['[::1]:9771']];

  test('is repeatable', () => {
    assert.deepEqual(read(['--web.listen-address=:0', '--web.listen-address', '[::1]:9771']).listen, BOTH);
  });

  test('is separated by commas in the environment, which counts if there is none on the command line', () => {
    const environment = { POD_EXPORTER_WEB_LISTEN_ADDRESS: ':0, [::1]:9771' };
    assert.deepEqual(read([], environment).listen, BOTH);
    assert.deepEqual(read(['--web.listen-address=localhost:80'], environment).listen, [GOOD['localhost:80']]);
  });
});

/** Names of the collectors that are switched on. */
function enabled(args: readonly string[], environment?: Environment): readonly string[] {
  return [...read(args, environment).collectors];
}

describe('collectors', () => {
  const defaults = enabled([]);

  for (const { name, enabled: on } of table) {
    const flag = `collector.${name}`;
    test(`--${flag} and --no-${flag}`, () => {
      assert.equal(defaults.includes(name), on);
      assert.ok(enabled([`--${flag}`]).includes(name));
      assert.ok(!enabled([`--no-${flag}`]).includes(name));
      assert.deepEqual(enabled([`--no-${flag}`, `--${flag}`]), enabled([`--${flag}`]));
    });
    test(environmentName(flag), () => {
      assert.deepEqual(enabled([], { [environmentName(flag)]: 'true' }), enabled([`--${flag}`]));
      assert.deepEqual(enabled([], { [environmentName(flag)]: 'false' }), enabled([`--no-${flag}`]));
      assert.deepEqual(enabled([`--${flag}`], { [environmentName(flag)]: 'false' }), enabled([`--${flag}`]));
    });
    test(`--collector.disable-defaults --${flag}`, () => {
      assert.deepEqual(enabled(['--collector.disable-defaults', `--${flag}`]), [name]);
      assert.deepEqual(enabled([`--${flag}`], { POD_EXPORTER_COLLECTOR_DISABLE_DEFAULTS: 'true' }), [name]);
    });
  }

  test('--collector.disable-defaults alone leaves none', () => {
    assert.deepEqual(enabled(['--collector.disable-defaults']), []);
    assert.deepEqual(enabled(['--collector.disable-defaults', '--no-collector.disable-defaults']), defaults);
  });

  test('their order is that of the table, not that of the flags', () => {
    assert.deepEqual(enabled(['--collector.disable-defaults', '--collector.state', '--collector.cpu']), [
      'cpu',
      'state',
    ]);
  });
});

describe('values that cannot be used', () => {
  const CASES: readonly (readonly [args: readonly string[], named: string, environment?: Environment])[] = [
    ...[
      '',
      '9771',
      'localhost',
      ':',
      ':http',
      ':65536',
      ':999999',
      ':-1',
      '::1:80',
      '[::1]',
      '[]:80',
      'a:b:80',
      ':80 ',
    ].map((text) => [[`--web.listen-address=${text}`], '--web.listen-address'] as const),
    ...[
      '',
      '/',
      'metrics',
      '/a b',
      '/?x',
      '/\u{e9}',
      '/a\n',
      '/readyz',
      '/metrics/cadvisor',
      '/metrics/resource',
      '/stats/summary',
    ].map((text) => [[`--web.telemetry-path=${text}`], '--web.telemetry-path'] as const),
    ...['', '-1', '1.5', 'many', '1e3', '9999999999', ' 1'].map(
      (text) => [[`--web.max-requests=${text}`], '--web.max-requests'] as const,
    ),
    ...['', '-1', 'all'].map((text) => [[`--max-descriptors=${text}`], '--max-descriptors'] as const),
    ...['', '0', '1001', '5%'].map(
      (text) => [[`--collector.ephemeral-storage.budget=${text}`], '--collector.ephemeral-storage.budget'] as const,
    ),
    ...['', '-1', '0.5'].map(
      (text) =>
        [
          [`--collector.ephemeral-storage.max-io-pressure=${text}`],
          '--collector.ephemeral-storage.max-io-pressure',
        ] as const,
    ),
    ...['/nonexistent', '/proc/self/status'].map((text) => [[`--path.procfs=${text}`], '--path.procfs'] as const),
    ...['/nonexistent', '/proc/self/status', '/proc/self/status/below'].map(
      (text) => [[`--path.cgroup=${text}`], '--path.cgroup'] as const,
    ),
    ...['', 'kubelets', 'API', 'file', 'file:', '/etc/pods.json'].map(
      (text) => [[`--pods=${text}`], '--pods'] as const,
    ),
    ...[
      'node1',
      'node1:10250',
      'http://node1:10255',
      'https://',
      'https://::1:10250',
      'https://node1:99999',
      'https://user:secret@node1:10250',
      'https://node1:10250/pods',
      'https://node1:10250/?x',
      'https://node1:10250/#x',
    ].map((text) => [[`--kubelet-url=${text}`], '--kubelet-url'] as const),
    ...['', 'podman', 'docker:', 'docker:run/docker.sock', 'file:/x'].map(
      (text) => [[`--containers=${text}`], '--containers'] as const,
    ),
    ...['', 'Pod', 'cluster'].map((text) => [[`--scope=${text}`], '--scope'] as const),
    ...['(', '[', '*', 'a)(b', 'a)|(?:b'].map(
      (text) => [[`--collector.network.interfaces=${text}`], '--collector.network.interfaces'] as const,
    ),
    [['--collector.disk.exclude=('], '--collector.disk.exclude'],
    ...['', 'trace', 'INFO', '3'].map((text) => [[`--log.level=${text}`], '--log.level'] as const),
    [['--log.format=text'], '--log.format'],
    [[], 'POD_EXPORTER_LOG_LEVEL: ', { POD_EXPORTER_LOG_LEVEL: 'loud' }],
    [[], 'POD_EXPORTER_WEB_LISTEN_ADDRESS: "x"', { POD_EXPORTER_WEB_LISTEN_ADDRESS: ':0,x' }],
    [[], 'POD_EXPORTER_WEB_LISTEN_ADDRESS: ', { POD_EXPORTER_WEB_LISTEN_ADDRESS: '' }],
    [[], 'POD_EXPORTER_ONCE', { POD_EXPORTER_ONCE: 'yes' }],
    [[], 'POD_EXPORTER_COLLECTOR_CPU', { POD_EXPORTER_COLLECTOR_CPU: '1' }],
    [[], 'POD_EXPORTER_COLLECTOR_DISABLE_DEFAULTS', { POD_EXPORTER_COLLECTOR_DISABLE_DEFAULTS: '' }],
  ];
  test('a password in an address is not quoted', () => {
    assert.throws(
      () => read(['--kubelet-url=https://user:secret@node1:10250']),
      (error) =>
        error instanceof ConfigError && !error.message.includes('secret') && error.message.includes('...@node1'),
    );
  });

  for (const [args, named, environment] of CASES) {
    test(`${JSON.stringify(environment ?? args).slice(0, 80)} is one line that names ${named}`, () => {
      assert.throws(
        () => read(args, environment),
        (error) => {
          assert.ok(error instanceof ConfigError, String(error));
          assert.ok(error.message.includes(named), error.message);
          assert.ok(!error.message.includes('\n'), error.message);
          return true;
        },
      );
    });
  }

  test('a directory without read permission is named', (t) => {
    const root = fileTree(t, { 'closed/proc/': '' });
    chmodSync(root, 0o755);
    chmodSync(join(root, 'closed'), 0o000);
    try {
      assert.throws(
        () => unprivileged(() => read([`--path.procfs=${root}/closed/proc`])),
        (error) => error instanceof ConfigError && error.message.includes('--path.procfs'),
      );
    } finally {
      chmodSync(join(root, 'closed'), 0o755);
    }
  });
});
