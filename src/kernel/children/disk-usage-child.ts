/**
 * The child process that walks directories, one at a time. It exits with its parent.
 */
import { realpathSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename, dirname } from 'node:path';
import { diskUsage } from './disk-usage.ts';
import { errorCode } from '../../base/error-code.ts';
import { mountPointsBelow } from '../mount-table.ts';
import { resolveRootedPath, type RootedPath } from '../rooted-path.ts';
import { parseIoPressure, WalkBudget } from './walk-budget.ts';
import { readRegularFile } from '../regular-file.ts';

/** A directory to walk, and the budget. */
export interface WalkRequest {
  readonly directory: RootedPath;
  readonly procfs: string;
  readonly walkMsPerSecond: number;
  readonly maxIoPressurePercent: number;
}

/** A heartbeat, or the result of the walk. */
export type WalkMessage =
  | { readonly kind: 'alive' }
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'mounted' }
  | { readonly kind: 'failed'; readonly code: string };

const HEARTBEAT_INTERVAL_MS = 1000;

const MIN_PRIORITY = 19;

let budget: WalkBudget | undefined;

async function handle(request: WalkRequest): Promise<void> {
  const heartbeat = setInterval(() => send({ kind: 'alive' }), HEARTBEAT_INTERVAL_MS);
  try {
    send(await walk(request));
  } catch (error) {
    send({ kind: 'failed', code: errorCode(error) });
  } finally {
    clearInterval(heartbeat);
  }
}

async function walk({ directory, procfs, walkMsPerSecond, maxIoPressurePercent }: WalkRequest): Promise<WalkMessage> {
  const visible = resolveRootedPath(directory);
  // Does not resolve the last component, which may be a mount point of a dead server.
  const real = `${realpathSync(dirname(visible))}/${basename(visible)}`;
  const path = Buffer.from(real).toString('latin1');
  const mounts = mountPointsBelow(readRegularFile('/proc/self/mountinfo'), path);
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
    return parseIoPressure(readRegularFile(`${procfs}/pressure/io`).toString('latin1'));
  } catch {
    return undefined;
  }
}

function send(message: WalkMessage): void {
  process.send?.(message);
}

setPriority(MIN_PRIORITY);
process.on('message', (request: WalkRequest) => void handle(request));
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
