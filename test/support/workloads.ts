import { fileURLToPath } from 'node:url';

/** Program and arguments. */
export type Argv = readonly string[];

const TRAFFIC = fileURLToPath(new URL('traffic.ts', import.meta.url));

/** Sleeps forever. */
export function idle(): Argv {
  return ['sleep', 'infinity'];
}

/** Computes without a pause: uses a whole core, or its limit. */
export function burnAll(): Argv {
  return shell('while :; do :; done');
}

/** Computes a little, rests, and again: a few percent of a core. */
export function burnSome(): Argv {
  return shell('while :; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 0.1; done');
}

/** Holds `bytes` of anonymous memory. */
export function holdMemory(bytes: number): Argv {
  return shell(`x=$(head -c ${bytes} /dev/zero | tr '\\0' x); while :; do sleep 1000; done`);
}

/** Writes a megabyte to `file`, forces it to the disk, and again five times a second. */
export function writeFile(file: string): Argv {
  return shell('while :; do dd if=/dev/zero of="$1" bs=64k count=16 conv=fsync; sleep 0.2; done', file);
}

/** Reads `file` over and over, past the page cache where the file system allows it. */
export function readFile(file: string): Argv {
  return shell('while :; do dd if="$1" of=/dev/null bs=64k iflag=direct || cat "$1"; sleep 0.2; done', file);
}

/** One shell with `children` sleeping processes. */
export function severalProcesses(children: number): Argv {
  return shell('i=0; while [ $i -lt "$1" ]; do sleep infinity & i=$((i+1)); done; wait', String(children));
}

/** Doubles a string until it is OOM-killed; without an effective memory limit it stops at 512 MB. */
const EAT = 'ulimit -v 524288; x=a; while :; do x=$x$x; done';

/** Allocates memory after `seconds` until it is OOM-killed. */
export function eatMemory(seconds: number): Argv {
  return shell(`sleep "$1"; ${EAT}`, String(seconds));
}

/** Every `seconds` a child allocates memory until it is OOM-killed; the first process continues. */
export function eatMemoryInChild(seconds: number): Argv {
  return shell(`while :; do sh -c '${EAT}'; sleep "$1"; done`, String(seconds));
}

/** Responds to TCP connections and UDP datagrams. */
export function serveTraffic(): Argv {
  return [process.execPath, TRAFFIC, 'serve'];
}

/** Sends TCP and UDP to each address five times a second. */
export function sendTraffic(addresses: readonly string[]): Argv {
  return [process.execPath, TRAFFIC, 'send', ...addresses];
}

function shell(script: string, ...args: readonly string[]): Argv {
  return ['sh', '-c', script, 'sh', ...args];
}
