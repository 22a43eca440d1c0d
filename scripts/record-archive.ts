import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const MAX_BYTES = 2 ** 31 - 1;

/** An archive that was written. */
export interface Archive {
  readonly file: string;
  readonly kibibytes: number;
}

/**
 * Packs a folder into `FOLDER.tar.xz`, or into `FOLDER.tar.gz` where there is no xz, which is several times as
 * large. Files of the same name follow each other, because they are alike and gzip looks back 32 KiB.
 *
 * @throws {Error} one line, if tar cannot be started or fails.
 */
export function archive(folder: string): Archive {
  const name = basename(folder);
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(name, join(entry.parentPath, entry.name).slice(folder.length)));
  const sorted = paths.toSorted((left, right) => compare(basename(left), basename(right)) || compare(left, right));
  const names = ['--null', '--verbatim-files-from', '--no-unquote', '--files-from=-'];
  const flags = ['--create', '--no-recursion', '--owner=0', '--group=0', '--numeric-owner', ...names];
  const { status, stdout, stderr, error } = spawnSync('tar', flags, {
    cwd: dirname(folder),
    input: sorted.join('\0'),
    maxBuffer: MAX_BYTES,
  });
  if (error !== undefined) throw new Error(`cannot start tar: ${error.message}`);
  if (status !== 0) throw new Error(`tar: ${stderr.toString().trim()}`);
  const [suffix, content] = compress(stdout);
  const file = `${folder}.tar.${suffix}`;
  writeFileSync(file, content);
  return { file, kibibytes: Math.ceil(content.length / 1024) };
}

function compress(content: Buffer): readonly [suffix: 'xz' | 'gz', content: Buffer] {
  const { status, stdout } = spawnSync('xz', ['--compress', '--stdout'], { input: content, maxBuffer: MAX_BYTES });
  return status === 0 ? ['xz', stdout] : ['gz', gzipSync(content, { level: 9 })];
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
