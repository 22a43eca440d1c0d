import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import {
  CONTROL_PLANE_MODULE,
  CONTROL_PLANE_PROGRAMS,
  controlPlaneFolder,
  controlPlaneProgram,
  missingPrograms,
  pinnedVersion,
  type ControlPlaneProgram,
} from '../test/support/control-plane-programs.ts';

/** kube-apiserver, etcd and their clients, built from the Go modules that test/peers/control-plane pins. */

const TOP = join(import.meta.dirname, '..');

/** As the releases of Kubernetes set it; a client compares its version with that of the server. */
function linkerFlags(): string {
  const version = pinnedVersion('k8s.io/kubernetes');
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  const variables = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const set = Object.entries(variables).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ['-s', '-w', ...set].join(' ');
}

/** Runs a program with our output; returns its exit code. */
async function run(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const stop = (): void => void child.kill('SIGTERM');
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

async function build(name: ControlPlaneProgram): Promise<boolean> {
  console.log(`building ${name}`);
  const file = controlPlaneProgram(name);
  const flags = ['build', '-trimpath', '-p=2', `-ldflags=${linkerFlags()}`, `-o=${file}.new`];
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: `-buildvcs=false ${process.env['GOFLAGS'] ?? ''}` };
  const code = await run('go', [...flags, CONTROL_PLANE_PROGRAMS[name]], CONTROL_PLANE_MODULE, env);
  if (code === 0) renameSync(`${file}.new`, file);
  return code === 0;
}

/** Builds what is missing; returns why tests cannot be run. */
async function whyNoControlPlane(onlyCached: boolean): Promise<string | undefined> {
  if (spawnSync('openssl', ['version']).error !== undefined) return 'needs openssl';
  const missing = missingPrograms();
  if (missing.length === 0) return undefined;
  if (onlyCached) return `${missing.join(', ')} not in ${controlPlaneFolder()}; npm run test:peers builds them`;
  mkdirSync(controlPlaneFolder(), { recursive: true });
  for (const name of missing) if (!(await build(name))) return `cannot build ${name}`;
  return undefined;
}

/** Runs the tests with a real control plane, or prints why not; returns the exit code. */
export async function testControlPlane(onlyCached: boolean): Promise<number> {
  const reason = await whyNoControlPlane(onlyCached);
  if (reason !== undefined) {
    console.log(`the tests with a control plane are skipped: ${reason}`);
    return 0;
  }
  const files = globSync('test/peers/control-plane/*.test.ts', { cwd: TOP });
  // One after the other: each starts a control plane.
  return run(process.execPath, ['--test', '--test-concurrency=1', '--test-timeout=600000', ...files], TOP, process.env);
}
