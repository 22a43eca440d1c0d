import assert from 'node:assert/strict';
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { httpStatus } from '../support/api-faults.ts';
import { ApiServer } from '../support/api-server.ts';
import { GOLDEN_FLAGS, recordedFlags } from '../support/exporter-flags.ts';
import { parseExposition } from '../support/exposition.ts';
import { PlainNode } from '../support/plain-node.ts';
import { EXPORTER, Program } from '../support/program.ts';
import type { Ending, ProgramOptions } from '../support/program.ts';
import { promtool, whyNoPromtool } from '../support/promtool.ts';
import { goldenNodes } from '../support/recorded-node.ts';
import { assertComplete } from '../support/complete-exposition.ts';
import { isOwn } from '../support/series-of-machine.ts';

const NOBODY = 65_534;

function run(flags: readonly string[], options?: ProgramOptions): Promise<Ending> {
  return Program.run([...EXPORTER, ...flags], options);
}

/** Asserts that the program ended with this code and said this one thing, in one line. */
function assertRefused({ code, stdout, stderr }: Ending, expected: number, message: RegExp | string): void {
  assert.equal(code, expected, stderr);
  const complaints = stderr.split('\n').filter((line) => line !== '' && !line.includes(' level=info '));
  assert.equal(complaints.length, 1, stderr);
  const [complaint = ''] = complaints;
  if (typeof message === 'string') assert.equal(complaint, message);
  else assert.match(complaint, message);
  assert.equal(stdout, '');
}

describe('the command line', { concurrency: 2 }, () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'pod-exporter-command-'));
    chmodSync(folder, 0o755);
  });

  after(() => rmSync(folder, { recursive: true }));

  describe('once', () => {
    for (const node of goldenNodes()) {
      test(`${node.name}: prints the golden text, then what it says of itself`, async (t) => {
        const { code, stdout, stderr } = await run(['once', ...recordedFlags(node), ...GOLDEN_FLAGS]);
        assert.equal(code, 0, stderr);
        const golden = readFileSync(node.expected, 'utf8');
        assert.equal(stdout.slice(0, golden.length), golden);
        assert.match(stdout.slice(golden.length), /^# HELP pod_exporter_[^]*\n$/);
        const reason = whyNoPromtool();
        if (reason === false) assert.equal(promtool(['check', 'metrics'], stdout), '');
        else t.diagnostic(`not asked for its opinion: ${reason}`);
      });
    }

    const pipes: Readonly<Record<string, string>> = {
      'lets the writer wait for a slow reader': '{ "$@"; echo "code $?" >&2; } | dd bs=512 status=none',
      // What the first dd sets stays set for whoever writes there next.
      'refuses what it cannot hold':
        '{ dd if=/dev/null oflag=nonblock status=none; "$@"; echo "code $?" >&2; } | dd bs=512 status=none',
    };
    for (const [name, script] of Object.entries(pipes)) {
      test(`prints all of it into a pipe that ${name}`, async (t) => {
        const node = largeNode(t);
        const { stdout, stderr } = await printInto(script, node);
        assert.match(stderr, /^code 0$/m);
        assertComplete(stdout, node);
      });
    }

    test('exits cleanly when its reader closes the pipe, as head does', async (t) => {
      const { stdout, stderr } = await printInto('{ "$@"; echo "code $?" >&2; } | head -n 1', largeNode(t));
      assert.match(stdout, /^# HELP .*\n$/);
      assert.match(stderr, /^code 0$/m);
      assert.doesNotMatch(stderr, /EPIPE|level=error|^\s+at /m);
    });

    test('fails where the disk is full', async () => {
      const full = openSync('/dev/full', 'w');
      const [node] = goldenNodes();
      assert.ok(node);
      const ending = await run(['--once', ...recordedFlags(node)], { stdout: full });
      closeSync(full);
      assertRefused(ending, 1, 'pod-exporter: cannot write to standard output: ENOSPC: no space left on device');
    });

    test('fails when there is nothing to read', async () => {
      const empty = join(folder, 'empty');
      mkdirSync(empty);
      writeFileSync(join(empty, 'cgroup.controllers'), 'cpu memory\n');
      const { code, stdout, stderr } = await run([
        '--once',
        '--pods=none',
        `--path.procfs=${empty}`,
        `--path.rootfs=${empty}`,
        `--path.cgroup=${empty}`,
      ]);
      assert.equal(code, 1);
      assert.equal(stderr.match(/level=error msg="cannot read any cgroup"/g)?.length, 1, stderr);
      assert.deepEqual(
        parseExposition(stdout).filter(({ name }) => !isOwn(name)),
        [],
      );
    });

    test('fails if the API server does not return the pods', async () => {
      const node = new PlainNode();
      const apiServer = await ApiServer.start();
      try {
        apiServer.failAll('list', httpStatus(403));
        const kubeconfig = join(node.folder, 'kubeconfig');
        writeFileSync(kubeconfig, apiServer.kubeconfig);
        const { code, stdout, stderr } = await run([
          '--once',
          '--pods=api',
          `--kubeconfig=${kubeconfig}`,
          ...node.flags,
        ]);
        assert.equal(code, 1);
        assert.equal(stdout, '');
        assert.match(stderr, /level=warn .*403/);
        assert.equal(stderr.match(/level=error msg="cannot list pods"/g)?.length, 1, stderr);
        assert.ok(!stderr.includes(apiServer.token));
      } finally {
        await apiServer.close();
        node.remove();
      }
    });
  });

  describe('refuses with exit code 2 and one line', () => {
    const refused: readonly (readonly [flag: string, pattern: RegExp])[] = [
      ['--bogus', /^pod-exporter: unknown flag '--bogus'$/],
      [
        '--web.listen-adress=:0',
        /^pod-exporter: unknown flag '--web\.listen-adress'; did you mean --web\.listen-address\?$/,
      ],
      ['--collector.bogus', /^pod-exporter: .*'--collector\.bogus'/],
      ['bogus', /^pod-exporter: unknown command 'bogus'$/],
      ['onec', /^pod-exporter: unknown command 'onec'; did you mean once\?$/],
      ['--collector.cpu=false', /^pod-exporter: .*'--collector\.cpu'/],
      [
        '--collector.network.interfaces=eth[',
        /^pod-exporter: --collector\.network\.interfaces: "eth\[" is not a regular/,
      ],
      ['--log.format=xml', /^pod-exporter: --log\.format: "xml" is not logfmt or json$/],
      [
        '--path.cgroup=/does/not/exist',
        /^pod-exporter: --path\.cgroup: "\/does\/not\/exist" is not an accessible directory/,
      ],
      ['--path.procfs=/dev/null', /^pod-exporter: --path\.procfs: "\/dev\/null" is not an accessible directory/],
      ['--pods=kubelets', /^pod-exporter: --pods: "kubelets" is not auto, api, kubelet, file:PATH or none$/],
      ['--web.listen-address=:99999', /^pod-exporter: --web\.listen-address: ":99999" is not an address/],
      ['--web.telemetry-path=metrics', /^pod-exporter: --web\.telemetry-path: "metrics" is not a path/],
    ];
    for (const [flag, pattern] of refused) {
      test(flag, async () => {
        assertRefused(await run(['--pods=none', '--web.listen-address=127.0.0.1:0', flag]), 2, pattern);
      });
    }

    test('a flag without its value', async () => {
      assertRefused(await run(['--once', '--pods']), 2, /^pod-exporter: .*--pods/);
    });

    test('an environment variable that is neither true nor false', async () => {
      const ending = await run(['--once'], { env: { POD_EXPORTER_COLLECTOR_CPU: 'maybe' } });
      assertRefused(ending, 2, 'pod-exporter: POD_EXPORTER_COLLECTOR_CPU: "maybe" is not true or false');
    });

    test('an environment variable whose flag would be refused', async () => {
      const ending = await run(['--once'], { env: { POD_EXPORTER_WEB_MAX_REQUESTS: 'many' } });
      assertRefused(ending, 2, 'pod-exporter: POD_EXPORTER_WEB_MAX_REQUESTS: "many" is not a whole number');
    });
  });

  describe('fails with exit code 1 and one line', () => {
    /** Without a node, so that it fails for this reason or starts. */
    const serve = (flags: readonly string[], options?: ProgramOptions): Promise<Ending> =>
      run(['--web.listen-address=127.0.0.1:0', ...flags], options);

    test('a port in use', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      assert.ok(typeof address === 'object' && address !== null);
      try {
        const ending = await run(['--pods=none', `--web.listen-address=127.0.0.1:${address.port}`]);
        assertRefused(
          ending,
          1,
          `pod-exporter: cannot listen on 127.0.0.1:${address.port}: EADDRINUSE: address already in use`,
        );
      } finally {
        server.close();
      }
    });

    test('one of several addresses in use, and listens on none', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      assert.ok(typeof address === 'object' && address !== null);
      try {
        const ending = await serve(['--pods=none', `--web.listen-address=127.0.0.1:${address.port}`]);
        assertRefused(
          ending,
          1,
          /^pod-exporter: cannot listen on 127\.0\.0\.1:\d+: EADDRINUSE: address already in use$/,
        );
      } finally {
        server.close();
      }
    });

    test('an address of another machine', async () => {
      const ending = await serve(['--pods=none', '--web.listen-address=192.0.2.1:0']);
      assertRefused(ending, 1, 'pod-exporter: cannot listen on 192.0.2.1:0: EADDRNOTAVAIL: address not available');
    });

    test('a folder without cgroups', async () => {
      const ending = await serve(['--pods=none', `--path.cgroup=${folder}`]);
      assertRefused(ending, 1, `pod-exporter: no cgroup hierarchy below ${folder}`);
    });

    test('--pods=api without a name for the node', async () => {
      const ending = await serve(['--pods=api']);
      assertRefused(ending, 1, 'pod-exporter: --pods=api requires a node name: set --node-name or NODE_NAME');
    });

    test('--pods=api without a cluster', async () => {
      const ending = await serve(['--pods=api', '--node-name=node1']);
      assertRefused(ending, 1, /^pod-exporter: --pods=api requires in-cluster credentials/);
    });

    test('a kubeconfig that is not there', async () => {
      const ending = await serve(['--pods=api', '--node-name=node1', '--kubeconfig=/does/not/exist']);
      assertRefused(
        ending,
        1,
        'pod-exporter: cannot use kubeconfig /does/not/exist: ENOENT: no such file or directory',
      );
    });

    test('a file of pods that is not there', async () => {
      const ending = await serve(['--pods=file:/does/not/exist']);
      assertRefused(
        ending,
        1,
        'pod-exporter: cannot read pods from /does/not/exist: ENOENT: no such file or directory',
      );
    });

    test('a file of pods that is a folder', async () => {
      const ending = await serve([`--pods=file:${folder}`]);
      assertRefused(ending, 1, `pod-exporter: cannot read pods from ${folder}: not a regular file`);
    });

    test('a file of pods that may not be read', async () => {
      const path = join(folder, 'secret.json');
      writeFileSync(path, '{}', { mode: 0o000 });
      const options = process.getuid?.() === 0 ? { uid: NOBODY } : {};
      const ending = await serve([`--pods=file:${path}`], options);
      assertRefused(ending, 1, `pod-exporter: cannot read pods from ${path}: EACCES: permission denied`);
    });

    const invalid: Readonly<Record<string, readonly [content: string, cause: string]>> = {
      'no list': ['{"kind":"Node"}', 'kind is Node, must be List, PodList or Pod'],
      'cut short': ['{"kind":"List",\n"items":[{', 'not valid JSON: line 2, column 11'],
      'no object': ['just words', 'not a Kubernetes object'],
      empty: ['', 'the file is empty'],
    };
    for (const [name, [content, cause]] of Object.entries(invalid)) {
      test(`a file of pods that is ${name}`, async () => {
        const path = join(folder, `${name}.json`);
        writeFileSync(path, content);
        const ending = await serve([`--pods=file:${path}`]);
        assertRefused(ending, 1, `pod-exporter: cannot read pods from ${path}: ${cause}`);
      });
    }
  });

  describe('is answered', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };

    test('with the version', async () => {
      const { code, stdout, stderr } = await run(['--version']);
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `pod-exporter ${version}\n`, stderr: '' });
    });

    test('with help that names every flag, whatever else is given', async () => {
      const { code, stdout, stderr } = await run(['--help', '--version', '--once']);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      for (const flag of [
        '--web.listen-address',
        '--pods',
        '--[no-]collector.cpu',
        '--[no-]collector.hugetlb',
        '--once',
      ]) {
        assert.ok(stdout.includes(`\n  ${flag}`), flag);
      }
    });

    test('with the help of a command, also if its reader closes the pipe', async () => {
      const [node = '', main = ''] = EXPORTER;
      const script = '{ "$0" "$@" once -h; echo "code $?" >&2; } | head -n 1';
      const { stdout, stderr } = await Program.run(['sh', '-c', script, node, main]);
      assert.equal(stdout, 'Usage: pod-exporter once [flags]\n');
      assert.equal(stderr, 'code 0\n');
    });

    test('from the golden node by --once as by once', async () => {
      const [node] = goldenNodes();
      assert.ok(node);
      const { code, stdout } = await run(['--once', ...recordedFlags(node), ...GOLDEN_FLAGS]);
      const golden = readFileSync(node.expected, 'utf8');
      assert.deepEqual([code, stdout.slice(0, golden.length)], [0, golden]);
    });

    test('from the environment, before which the command line goes', async () => {
      const [node] = goldenNodes();
      assert.ok(node);
      const [procfs = '', , , cgroup = '', pods = ''] = recordedFlags(node).map((flag) => flag.replace(/^[^=]*=/, ''));
      const env = {
        NODE_NAME: node.nodeName,
        POD_EXPORTER_PATH_PROCFS: procfs,
        POD_EXPORTER_PATH_CGROUP: cgroup,
        POD_EXPORTER_PODS: pods,
        POD_EXPORTER_COLLECTOR_DISABLE_DEFAULTS: 'true',
        POD_EXPORTER_COLLECTOR_PIDS: 'true',
        POD_EXPORTER_COLLECTOR_INFO: 'true',
        POD_EXPORTER_LOG_FORMAT: 'json',
      };
      const { code, stdout, stderr } = await run(['--once', '--no-collector.info', '--collector.memory'], { env });
      assert.equal(code, 0, stderr);
      const on = parseExposition(stdout).filter(({ name }) => name === 'pod_exporter_collector_success');
      assert.deepEqual(new Set(on.map(({ labels }) => labels['collector'])), new Set(['memory', 'pids']));
      const lines = stderr.trim().split('\n');
      const messages = lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg);
      assert.ok(messages.includes('read pods'));
    });

    test('on every address, and warns of a variable that is misspelt', async (t) => {
      const addresses = ['--web.listen-address=127.0.0.1:0', '--web.listen-address', '127.0.0.1:0'];
      const env = { POD_EXPORTER_LOG_LEVL: 'debug', POD_EXPORTER_SERVICE_HOST: '10.96.0.7' };
      const program = await Program.start([...EXPORTER, '--pods=none', ...addresses], { env });
      t.after(() => program.stop());
      const [, listening = ''] = await program.logs(/msg=listening address=(\S+) tls=disabled authentication=none /);
      const served = listening.split(',');
      assert.equal(new Set(served).size, 2);
      for (const address of served) assert.equal((await fetch(`http://${address}/healthz`)).status, 200, address);
      const unknown = 'variable=POD_EXPORTER_LOG_LEVL did_you_mean=POD_EXPORTER_LOG_LEVEL\n';
      assert.ok(program.stderr.includes(`level=warn msg="ignoring an unknown environment variable" ${unknown}`));
      assert.equal(program.stderr.match(/level=warn/g)?.length, 1, program.stderr);
      program.signal('SIGTERM');
      assert.equal((await program.exits()).code, 0);
    });
  });
});

/** A node of which more is printed than any pipe holds. */
function largeNode(t: TestContext): PlainNode {
  const node = new PlainNode({ pods: ['a', 'b', 'c', 'd'], devices: 400 });
  t.after(() => node.remove());
  return node;
}

/** Runs a shell script whose arguments are the exporter with flags to print `node` once. */
function printInto(script: string, node: PlainNode): Promise<Ending> {
  const flags = ['--once', `--pods=file:${node.podsFile}`, ...node.flags];
  return Program.run(['sh', '-c', script, 'sh', ...EXPORTER, ...flags]);
}
