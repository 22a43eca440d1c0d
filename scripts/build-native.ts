import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `npm run build:native`, and part of `npm ci`: compiles the native functions for this machine, beside its source for
 * `npm start`; the image has it beside the bundle. Without a C compiler the exporter runs without them.
 *
 *     node scripts/build-native.ts [FILE]
 */
const root = join(import.meta.dirname, '..');
const headers = dirname(fileURLToPath(import.meta.resolve('node-api-headers/include/node_api.h')));
const source = join(root, 'src/kernel/native.c');
const [file = join(root, 'src/kernel/native.node')] = process.argv.slice(2);
const compiler = process.env['CC'] ?? 'cc';
const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-std=c11', '-shared', '-fPIC', '-fvisibility=hidden', '-s'];

mkdirSync(dirname(file), { recursive: true });
try {
  execFileSync(compiler, [...flags, '-isystem', headers, source, '-o', file], { stdio: 'inherit' });
  console.log(relative(root, file));
} catch (error) {
  const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  if (!isAbsent) throw error;
  console.log(`no C compiler (${compiler}): the native functions are not built, which costs CPU time and memory only`);
}
