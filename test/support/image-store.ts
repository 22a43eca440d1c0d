import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the base image of the Dockerfile is called; a local image of that name keeps buildah from pulling it. */
export const BASE_IMAGE = 'docker.io/library/node:24-bookworm-slim';

/** Programs that the build runs, besides node and npm. */
const PROGRAMS = ['/bin/sh', '/usr/bin/env', '/usr/bin/uname'];

/** Where the machine may have its own certificate authorities, without which npm cannot reach its registry. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/** Why no image can be built on this machine, in words for a skipped test; `undefined` when it can. */
export function whyNoImage(): string | undefined {
  if (process.env['SKIP_IMAGE'] === '1') return 'SKIP_IMAGE is set';
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  try {
    execFileSync('buildah', ['--version'], { stdio: 'ignore' });
  } catch {
    return 'needs buildah';
  }
  try {
    npm('view', 'esbuild', 'version', '--fetch-retries=0', '--fetch-timeout=20000');
  } catch {
    return 'needs a registry of npm packages';
  }
  return undefined;
}

function npm(...args: readonly string[]): string {
  return execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

/** A separate image store in a temporary folder. */
export class ImageStore {
  readonly #folder = mkdtempSync(join(tmpdir(), 'pod-exporter-image-'));

  /** Runs buildah on this store; its standard output. Throws with its standard error when it fails. */
  async buildah(...args: readonly string[]): Promise<string> {
    const store = ['--root', join(this.#folder, 'root'), '--runroot', join(this.#folder, 'run')];
    const options = { maxBuffer: 64 * 1024 * 1024 };
    const { stdout } = await run('buildah', [...store, '--storage-driver', 'vfs', ...args], options);
    return stdout.trim();
  }

  /** Makes the base image out of this machine's own node, npm and shell. */
  async makeBaseImage(): Promise<void> {
    const files = join(this.#folder, 'base');
    copyMachine(files);
    const container = await this.buildah('from', 'scratch');
    await this.buildah('copy', '--quiet', container, files, '/');
    for (const variable of [
      'PATH=/usr/local/bin:/usr/bin:/bin',
      `NODE_EXTRA_CA_CERTS=${AUTHORITIES}`,
      `npm_config_registry=${npm('config', 'get', 'registry')}`,
    ]) {
      await this.buildah('config', '--env', variable, container);
    }
    await this.buildah('commit', '--quiet', '--rm', container, BASE_IMAGE);
    rmSync(files, { recursive: true });
  }

  async remove(): Promise<void> {
    try {
      await this.buildah('rm', '--all');
    } finally {
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }
}

function copyMachine(to: string): void {
  for (const folder of ['bin', 'etc', 'root', 'tmp']) mkdirSync(join(to, folder), { recursive: true });
  writeFileSync(join(to, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  copyProgram(process.execPath, join(to, 'usr/local/bin/node'), to);
  for (const program of PROGRAMS) copyProgram(program, join(to, program), to);
  const modules = join(to, 'usr/local/lib/node_modules');
  cpSync(npmFolder(), join(modules, 'npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(to, 'usr/local/bin/npm'));
  const { NODE_EXTRA_CA_CERTS, SSL_CERT_FILE } = process.env;
  const authorities = [NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, AUTHORITIES].find((file) => file && existsSync(file));
  if (authorities !== undefined) copyTo(authorities, join(to, AUTHORITIES));
}

/** Copies a program with the libraries that it is linked with. */
function copyProgram(program: string, target: string, root: string): void {
  copyTo(program, target);
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' });
  for (const [library] of libraries.matchAll(/\/\S+(?= \(0x)/g)) copyTo(library, join(root, library));
}

function copyTo(file: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(file, target);
}

/** The npm that runs the tests, else the machine's. */
function npmFolder(): string {
  const program = process.env['npm_execpath'];
  return program === undefined ? join(npm('root', '--global'), 'npm') : dirname(dirname(program));
}
