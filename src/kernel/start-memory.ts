import { readFileSync } from 'node:fs';
import type { NativeFunctions } from './native.ts';

/**
 * A private mapping of a file that cannot be written to: addresses, rights, offset, device, inode.
 *
 *     55a4b8a8f000-55a4ba8a1000 r-xp 00f8f000 fe:00 1966245     /usr/bin/node
 */
const FILE_MAPPING = /^(?<start>[0-9a-f]+)-(?<end>[0-9a-f]+) r-[x-]p [0-9a-f]+ \S+ [1-9]/;

/** A field of a mapping, behind its first line. */
const FIELD = /^[A-Z]/;

/** No page was written to while the mapping was writable: by the linker, for one. */
const UNWRITTEN = /^Anonymous: +0 kB$/m;

/**
 * Addresses and lengths of the mappings whose pages all are as in their files, from `/proc/PID/smaps`.
 * https://docs.kernel.org/filesystems/proc.html
 */
export function unwrittenMappings(smaps: string): Float64Array {
  const ranges: number[] = [];
  let mapping: Readonly<Record<string, string>> | undefined;
  for (const line of smaps.split('\n')) {
    if (!FIELD.test(line)) mapping = FILE_MAPPING.exec(line)?.groups;
    else if (mapping !== undefined && UNWRITTEN.test(line)) {
      const { start = '', end = '' } = mapping;
      ranges.push(Number.parseInt(start, 16), Number.parseInt(end, 16) - Number.parseInt(start, 16));
    }
  }
  return Float64Array.from(ranges);
}

/**
 * Gives back memory that only the start and the first answer needed, about a fifth of what is resident: code and
 * constants of Node.js, which stay in the page cache, and free memory of the heap.
 */
export class StartMemory {
  readonly #native: NativeFunctions | undefined;
  #isReleased = false;

  constructor(native: NativeFunctions | undefined) {
    this.#native = native;
  }

  /** Called after every answer, effective after the first. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    try {
      this.#native?.releasePages(unwrittenMappings(readFileSync('/proc/self/smaps', 'latin1')));
    } catch {
      // Without its own /proc the process keeps the memory.
    }
  }
}
