/**
 * The program of the child process that walks through directories. It is given one after the other, and ends when
 * its parent does.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename, dirname } from 'node:path';
import { diskUsage } from './disk-usage.ts';
import { errorCode } from '../../base/error-code.ts';
import { mountPointsBelow } from '../mount-table.ts';
import { resolveRootedPath, type RootedPath } from '../rooted-path.ts';
import { parseIoPressure, WalkBudget } from './walk-budget.ts';

/** What the child is to walk through, and how fast. */
export interface WalkRequest {
  readonly directory: RootedPath;
  readonly procfs: string;
  /** Milliseconds of a second. */
  readonly walkMsPerSecond: number;
  /** Percent. */
  readonly maxIoPressurePercent: number;
}

/** What the child says: that it is alive, or how the walk ended. */
export type WalkMessage =
  | { readonly kind: 'alive' }
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'mounted' }
  | { readonly kind: 'failed'; readonly code: string };

/** Milliseconds between two signs of life. */
const BEAT = 1000;

const LEAST_PRIORITY = 19;

let budget: WalkBudget | undefined;

async function answer(request: WalkRequest): Promise<void> {
  const beat = setInterval(() => say({ kind: 'alive' }), BEAT);
  try {
    say(await walk(request));
  } catch (error) {
    say({ kind: 'failed', code: errorCode(error) });
  } finally {
    clearInterval(beat);
  }
}

async function walk({ directory, procfs, walkMsPerSecond, maxIoPressurePercent }: WalkRequest): Promise<WalkMessage> {
  const seen = resolveRootedPath(directory);
  // Not its own last part: it may be a mount point whose server is dead.
  const real = `${realpathSync(dirname(seen))}/${basename(seen)}`;
  const path = Buffer.from(real).toString('latin1');
  const mounts = mountPointsBelow(readFileSync('/proc/self/mountinfo'), path);
  if (mounts.has(path)) return { kind: 'mounted' };
  budget ??= new WalkBudget({
    walkMsPerSecond,
    maxIoPressurePercent,
    readIoPressure: () => readPressure(procfs),
    elapsed: () => performance.now(),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  });
  return { kind: 'bytes', bytes: await diskUsage(path, { yielder: budget, mounts }) };
}

function readPressure(procfs: string): number | undefined {
  try {
    return parseIoPressure(readFileSync(`${procfs}/pressure/io`, 'latin1'));
  } catch {
    return undefined;
  }
}

function say(news: WalkMessage): void {
  process.send?.(news);
}

setPriority(LEAST_PRIORITY);
process.on('message', (request: WalkRequest) => void answer(request));
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
