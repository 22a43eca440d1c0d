import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { RUNTIME_ENVIRONMENT, RUNTIME_FLAGS } from '../../../scripts/runtime.ts';
import { readConfig } from '../../../src/config.ts';
import { readCommandLine } from '../../../src/command-line.ts';

const top = join(import.meta.dirname, '../../..');

function textOf(path: string): string {
  return readFileSync(join(top, path), 'utf8');
}

/** The sockets that flags configure; throws for a flag that does not exist. The paths are those of a container. */
function socketsOf(flags: readonly string[]): readonly string[] {
  const visible = flags.filter((flag) => !flag.startsWith('--path.cgroup='));
  const invocation = readCommandLine(visible, {});
  assert.ok('settings' in invocation);
  const { pods, engineSockets } = readConfig(invocation.settings, {});
  assert.equal(pods, 'none');
  return engineSockets;
}

describe('deploy/docker', () => {
  test('pod-exporter.service runs Node with the flags of the image, and the exporter with flags that exist', () => {
    const unit = textOf('deploy/docker/pod-exporter.service').replaceAll(/\\\n\s*/g, '');
    const [, command = ''] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
    const [node, ...args] = command.split(' ');
    const program = args.indexOf('/opt/pod-exporter/pod-exporter.mjs');
    assert.equal(node, '/usr/bin/node');
    assert.deepEqual(args.slice(0, program), RUNTIME_FLAGS);
    assert.deepEqual(socketsOf(args.slice(program + 1)), ['/var/run/docker.sock']);
    for (const [name, value] of Object.entries(RUNTIME_ENVIRONMENT)) {
      assert.ok(unit.includes(`Environment=${name}=${value}\n`), name);
    }
  });

  test('the documented commands install what pod-exporter.service names, and the native reader', () => {
    const [, section = ''] = textOf('docs/docker.md').split('## systemd');
    const [, commands = ''] = section.split('```');
    const unit = textOf('deploy/docker/pod-exporter.service');
    const files = [...unit.matchAll(/\/opt\/pod-exporter\/(\S+)/g)].map(([, file]) => file);
    assert.deepEqual(files, ['pod-exporter.mjs']);
    for (const command of [
      'npm ci && npm run build',
      'npm run build:native -- dist/native.node',
      'install -D -t /opt/pod-exporter dist/*',
    ]) {
      assert.ok(commands.includes(`${command}\n`), command);
    }
  });

  test('compose.yaml mounts the socket that its flags name, and has the flags of the documented docker run', () => {
    const { services } = parse(textOf('deploy/docker/compose.yaml')) as {
      readonly services: Readonly<Record<string, { readonly command: string[]; readonly volumes: string[] }>>;
    };
    const { command = [], volumes = [] } = services['pod-exporter'] ?? {};
    assert.deepEqual(socketsOf(command), ['/var/run/docker.sock']);
    assert.ok(volumes.includes('/var/run/docker.sock:/var/run/docker.sock'));
    const page = textOf('docs/docker.md');
    for (const flag of [...command, ...volumes.map((volume) => `-v ${volume}`)]) assert.ok(page.includes(flag), flag);
  });
});
