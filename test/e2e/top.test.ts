import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { selfSigned, whyNoCertificates } from '../support/certificates.ts';
import { Cleanup } from '../support/cleanup.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { PlainNode } from '../support/plain-node.ts';
import { parsePodsDocument } from '../support/pods-document.ts';
import { EXPORTER, Program } from '../support/program.ts';
import { TestTerminal, whyNoTmux } from '../support/terminal.ts';
import { until } from '../support/until.ts';

// oxlint-disable-next-line no-control-regex -- this is what terminals are sent
const STYLED = /\u001B\[\d+m/;

const TOP = [...EXPORTER, 'top', '--interval=1'];

describe('pod-exporter top', () => {
  const cleanup = new Cleanup();
  let node: PlainNode;
  let flags: readonly string[];

  before(() => {
    node = new PlainNode({ pods: ['web', 'db'] });
    cleanup.defer(() => node.remove());
    flags = [...node.flags, `--pods=file:${node.podsFile}`];
  });

  after(() => cleanup.run());

  async function output(...args: readonly string[]): Promise<readonly string[]> {
    const program = await Program.start([...TOP, ...flags, ...args]);
    const { code, stdout, stderr } = await program.exits();
    assert.deepEqual([code, stderr], [0, '']);
    return stdout.trimEnd().split('\n');
  }

  test('prints one table of this node with --no-stream', async () => {
    const [titles, ...lines] = await output('--no-stream');
    assert.match(titles ?? '', /^NAMESPACE\/POD +CPU +CPU\/LIM +THROT +MEMORY +MEM\/LIM +PSI\(C\/M\/I\) .* TROUBLE$/);
    assert.deepEqual(
      lines.map((line) => line.split(/ +/).slice(0, 2)),
      [
        ['shop/db', '0.00'],
        ['shop/web', '0.00'],
      ],
    );
  });

  test('prints documents as JSON, one per line', async () => {
    const [line, ...others] = await output('--no-stream', '--format=json', '--columns=docker');
    assert.deepEqual(others, []);
    const { pods } = parsePodsDocument(line ?? '');
    assert.ok(pods.every((pod) => pod['rates'] !== undefined));
  });

  test('prints a table per interval into a pipe, and exits when the reader does', async () => {
    const program = await Program.start([...TOP, ...flags, '--columns=kubectl']);
    await until('two tables', () => program.stdout.split('NAMESPACE ').length > 2);
    program.kill('SIGTERM');
    assert.equal((await program.exits()).code, 0);
    const [command = '', ...args] = [...TOP, ...flags];
    const piped = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    cleanup.defer(() => void piped.kill());
    const exited = once(piped, 'exit');
    piped.stdout.once('data', () => piped.stdout.destroy());
    const [code] = (await exited) as [number];
    assert.equal(code, 0);
  });

  test('exits with one line if the exporter cannot be read', async () => {
    const cases = {
      'http://127.0.0.1:1': /error="cannot read http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/,
      [`${(await started()).url}/nothing`]: /error="the exporter answered 404: Not Found"/,
    };
    for (const [url, message] of Object.entries(cases)) {
      const { code, stderr } = await (await Program.start([...TOP, '--no-stream', `--url=${url}`])).exits();
      assert.equal(code, 1);
      assert.match(stderr, message);
    }
  });

  async function started(...more: readonly string[]): Promise<ExporterProcess> {
    const exporter = await ExporterProcess.start([...flags, ...more]);
    cleanup.defer(() => exporter.stop());
    return exporter;
  }

  test('reads a running exporter over TLS, with a password or a file', { skip: whyNoCertificates }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-top-'));
    cleanup.defer(() => rmSync(folder, { recursive: true }));
    const file = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const { cert, key } = selfSigned('DNS:node1');
    const config = `tls_server_config: {cert_file: ${file('crt', cert)}, key_file: ${file('key', key)}}\nbasic_auth_users: {alice: ${hashSync('secret', 4)}}\n`;
    const exporter = await started(`--web.config.file=${file('web.yml', config)}`);
    const url = exporter.url.replace('http:', 'https:');
    const tls = [`--url=${url}`, `--ca-file=${join(folder, 'crt')}`, '--tls-server-name=node1', '--user=alice'];
    const password = `--password-file=${file('password', 'secret\n')}`;
    await until(
      'both pods',
      async () => (await output('--no-stream', ...tls, password)).join('\n'),
      (text) => text.includes('shop/web'),
    );
    const failing = [
      [[...tls, `--password-file=${file('wrong', 'wrong')}`], /the exporter answered 401: authentication required/],
      [tls.toSpliced(2, 1).concat(password), /cannot read https:.*altnames/],
      [tls.toSpliced(1, 1).concat(password), /cannot read https:.*certificate/],
    ] as const;
    for (const [args, message] of failing) {
      const { code, stderr } = await (await Program.start([...TOP, '--no-stream', ...args])).exits();
      assert.equal(code, 1);
      assert.match(stderr, message);
    }
  });
});

describe('pod-exporter top on a terminal', { skip: whyNoTmux }, () => {
  const cleanup = new Cleanup();
  let node: PlainNode;
  let command: readonly string[];

  before(() => {
    node = new PlainNode({ pods: ['web', 'db'] });
    cleanup.defer(() => node.remove());
    command = [...TOP, ...node.flags, `--pods=file:${node.podsFile}`];
  });

  after(() => cleanup.run());

  async function opened(columns: number, env: Readonly<Record<string, string>> = {}): Promise<TestTerminal> {
    const terminal = await TestTerminal.open({ columns, lines: 24, env });
    cleanup.defer(() => terminal.close());
    await terminal.enter(command);
    await until(
      'the table',
      () => terminal.screen(),
      (text) => text.includes('shop/web') && text.includes(' 0.00 '),
    );
    return terminal;
  }

  /** Resolves when the shell has its prompt. */
  async function restored(terminal: TestTerminal): Promise<void> {
    await until(
      'the prompt',
      () => terminal.screen(),
      (text) => /(?:^|\n)[#$] ?\n*$/.test(text),
    );
    assert.deepEqual(await terminal.modes(), { alternate: false, cursor: true });
  }

  test('answers keys, fits the terminal, and restores it', async () => {
    const terminal = await opened(80);
    assert.deepEqual(await terminal.modes(), { alternate: true, cursor: false });
    await terminal.press('e');
    await until(
      'containers',
      () => terminal.screen(),
      (text) => /^ {4}app /m.test(text),
    );
    await terminal.press('/', 'd', 'b', 'Enter');
    await until(
      'one pod',
      () => terminal.screen(),
      (text) => !text.includes('shop/web') && text.includes('filter "db"'),
    );
    await terminal.press('Escape');
    await until(
      'both pods',
      () => terminal.screen(),
      (text) => text.includes('shop/web'),
    );
    await terminal.press('v', 'v');
    await until(
      'the columns of docker stats',
      () => terminal.screen(),
      (text) => text.includes('MEM USAGE / LIMIT'),
    );
    await terminal.resize(120, 30);
    await until(
      'more columns',
      () => terminal.screen(),
      (text) => text.includes('BLOCK I/O'),
    );
    await terminal.press('q');
    await restored(terminal);
  });

  test('restores the terminal after Ctrl-C and after signals', async () => {
    const terminal = await opened(80);
    await terminal.press('C-c');
    await restored(terminal);
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
      await terminal.enter(command);
      await until(
        'the screen',
        () => terminal.modes(),
        ({ alternate }) => alternate,
      );
      await terminal.signal(signal);
      await restored(terminal);
    }
  });

  test('stops with Ctrl-Z and continues', async () => {
    const terminal = await opened(80);
    await terminal.press('C-z');
    await restored(terminal);
    await terminal.enter(['fg']);
    await until(
      'the table',
      () => terminal.modes(),
      ({ alternate }) => alternate,
    );
    await terminal.press('q');
    await restored(terminal);
  });

  test('has no colours with NO_COLOR', async () => {
    // Titles are dim.
    assert.match(await (await opened(80)).screen({ styles: true }), STYLED);
    const plain = await opened(80, { NO_COLOR: '1' });
    assert.doesNotMatch(await plain.screen({ styles: true }), STYLED);
  });
});
