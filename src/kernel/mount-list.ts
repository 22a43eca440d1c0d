import { closeSync, readSync } from 'node:fs';
import type { Yielder } from '../base/yielder.ts';
import { parseMountLine, type Mount } from './mountinfo.ts';
import { openRegularFile } from './regular-file.ts';

/** The kernel returns at most a page per read. */
const CHUNK_BYTES = 64 * 1024;

/** Lists that are longer are parsed at every reading instead of being kept: about 20,000 mounts. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;

const NEWLINE = 10;

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * The mounts of a mount namespace, read from `/proc/<pid>/mountinfo`. A node with many volumes has thousands, so that they
 * are read and parsed in slices, and parsed only if the file has changed.
 */
export class MountList {
  readonly #path: string;
  #content: Buffer = NOTHING;
  #mounts: readonly Mount[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The current mounts: the same array as before, or as that of `similar`, if the content is equal to theirs.
   *
   * @throws the system's error if the file is not readable.
   */
  async read(yielder: Yielder, similar?: MountList): Promise<readonly Mount[]> {
    const known = [this.#content, similar === undefined ? NOTHING : similar.#content];
    const content = await readUnlessKnown(this.#path, known, yielder);
    if (similar !== undefined && content === similar.#content) {
      this.#keep(NOTHING, []);
      return similar.#mounts;
    }
    if (content === this.#content) return this.#mounts;
    const mounts = await parseSlices(content, yielder);
    if (content.length <= MAX_KEPT_BYTES) this.#keep(content, mounts);
    else this.#keep(NOTHING, []);
    return mounts;
  }

  #keep(content: Buffer, mounts: readonly Mount[]): void {
    this.#content = content;
    this.#mounts = mounts;
  }
}

/** The content of a file: one of `known` if it is equal. */
async function readUnlessKnown(path: string, known: readonly Buffer[], yielder: Yielder): Promise<Buffer> {
  const descriptor = openRegularFile(path);
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const pieces: Buffer[] = [];
    let equal = known;
    let length = 0;
    for (;;) {
      if (yielder.shouldYield) await yielder.yield();
      const count = readSync(descriptor, chunk, 0, chunk.length, length);
      if (count === 0) break;
      const piece = chunk.subarray(0, count);
      const start = length;
      length += count;
      const [before] = equal;
      equal = equal.filter((content) => content.subarray(start, length).equals(piece));
      if (equal.length > 0) continue;
      if (before !== undefined) pieces.push(before.subarray(0, start));
      pieces.push(Buffer.from(piece));
    }
    return (
      equal.find((content) => content.length === length) ?? Buffer.concat([...equal.slice(0, 1), ...pieces], length)
    );
  } finally {
    closeSync(descriptor);
  }
}

async function parseSlices(content: Buffer, yielder: Yielder): Promise<readonly Mount[]> {
  const mounts: Mount[] = [];
  for (let start = 0; start < content.length;) {
    if (yielder.shouldYield) await yielder.yield();
    const end = content.indexOf(NEWLINE, start);
    const line = content.toString('latin1', start, end < 0 ? content.length : end);
    const mount = parseMountLine(line);
    if (mount !== undefined) mounts.push(mount);
    start = end < 0 ? content.length : end + 1;
  }
  return mounts;
}
