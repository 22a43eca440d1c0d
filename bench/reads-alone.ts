import { openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DIRECTORY_FLAGS } from '../src/kernel/file-reader.ts';
import { loadNative } from '../src/kernel/native.ts';

/**
 * Reads the files that a scrape reads, and nothing else: the least that an exporter of the same numbers costs.
 *
 *     node bench/reads-alone.ts LIST    at each request; LIST has a path per line
 */
const [list = ''] = process.argv.slice(2);
const { native, cause } = loadNative();
if (native === undefined) throw new Error(cause);

const buffer = Buffer.allocUnsafeSlow(64 * 1024);
const directories = new Map<string, number>();
const names = new Map<string, Buffer>();
const files = readFileSync(list, 'utf8').split('\n').map(opened);

const server = createServer((_, response) => {
  let bytes = 0;
  for (const { directory, name } of files) bytes += Math.max(0, native.readAt(directory, name, buffer));
  response.end(gzipSync(`read_bytes ${bytes}\n`));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stderr.write(`address=127.0.0.1:${address.port}\n`);
});

/** A file by its open directory and its name, which ends with a zero byte. */
function opened(path: string): { readonly directory: number; readonly name: Buffer } {
  const parent = dirname(path);
  const directory = directories.get(parent) ?? openSync(parent, DIRECTORY_FLAGS);
  directories.set(parent, directory);
  const name = names.get(basename(path)) ?? Buffer.from(`${basename(path)}\0`);
  names.set(basename(path), name);
  return { directory, name };
}
