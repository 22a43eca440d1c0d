import { errorCode } from '../base/error-code.ts';
import type { FileReader } from '../kernel/file-reader.ts';
import type { ColumnPlan, FilePlan, ReadingPlan } from '../plan/plan.ts';
import { LEAF_LINKS } from '../node/cgroup-directories.ts';
import { addSubCgroups } from './sub-cgroups.ts';
import type { RetainedState } from './target.ts';

/** How long limits and weights, and the absence of a file, are cached. */
export const CACHE_MS = 30_000;

/** Thrown if the cgroup or process that is being read no longer exists. */
export class CgroupGone extends Error {
  override readonly name = 'CgroupGone';
}

/** What reading a target requires besides the target. */
export interface ReadingContext {
  readonly reader: FileReader;
  /** Milliseconds; only differences count. */
  readonly now: number;
  /** Between 0 and 1. */
  random(): number;
  /** Path of the file called `name`; `undefined` if this node has no hierarchy for it. */
  path(file: FilePlan, name: string): string | undefined;
  /** Whether a process is read, whose files all disappear at once; a v1 cgroup need not be in every hierarchy. */
  readonly isProcess: boolean;
  /** Whether a file that the kernel has may be missing: not every controller is delegated to users, who run containers. */
  readonly mayLackControllers: boolean;
  /** Counts a failed read. */
  fail(code: string): void;
  /** Takes an item of a list: a device, an interface, a resource. */
  item(file: FilePlan, name: string, numbers: Float64Array): void;
  /** Whether the cgroup or process still exists; called when one of its files does not. */
  exists(): boolean;
  /** Whether it has a directory in the hierarchy of `file`. */
  holds(file: FilePlan): boolean;
}

/**
 * Reads the files of one target into the plan's numbers.
 *
 * A file that is unreadable or malformed loses its own numbers only.
 * @throws {CgroupGone} if the target no longer exists.
 */
export function readTarget(plan: ReadingPlan, state: RetainedState, context: ReadingContext): void {
  const { files, numbers } = plan;
  numbers.fill(Number.NaN);
  const expired = restoreCached(plan, state, context);
  for (let index = 0; index < files.length; index++) {
    const file = files[index] as FilePlan;
    if (file.cached && !expired) continue;
    if (file.onlyIf >= 0 && !Number.isFinite(numbers[file.onlyIf])) continue;
    if ((state.fileStatus(plan.id, index)?.recheck ?? 0) > context.now) continue;
    readFile(plan, index, state, context);
  }
  if (expired) saveCached(plan, state);
}

/** Restores the cached numbers. True if they have to be read, for the first time or because they have expired. */
function restoreCached(
  { cached, cacheStart: start, numbers }: ReadingPlan,
  state: RetainedState,
  context: ReadingContext,
): boolean {
  if (cached.length === 0) return false;
  if ((state.numbers[start] as number) <= context.now) {
    // Jitter, so that the targets do not all expire in the same scrape.
    state.numbers[start] = context.now + CACHE_MS * (0.5 + context.random() / 2);
    return true;
  }
  for (let index = 0; index < cached.length; index++) {
    numbers[cached[index] as number] = state.numbers[start + 1 + index] as number;
  }
  return false;
}

function saveCached({ cached, cacheStart: start, numbers }: ReadingPlan, state: RetainedState): void {
  for (let index = 0; index < cached.length; index++) {
    state.numbers[start + 1 + index] = numbers[cached[index] as number] as number;
  }
}

function readFile(plan: ReadingPlan, index: number, state: RetainedState, context: ReadingContext): void {
  const file = plan.files[index] as FilePlan;
  const choice = state.fileStatus(plan.id, index)?.choice ?? 0;
  try {
    const length = readBytes(file, file.names[choice] as string, state, context);
    if (length < 0) return;
    const fault = parse(file, length, plan.numbers, context);
    if (fault !== undefined) context.fail(fault);
    else if (hasSubCgroups(file, state, context)) addSubCgroups(file, plan.numbers, context);
    if (choice === 0) state.setFileStatus(plan.id, index, undefined);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' && choice + 1 < file.names.length) {
      state.setFileStatus(plan.id, index, { choice: choice + 1, recheck: 0, code: '' });
      readFile(plan, index, state, context);
    } else {
      handleFailure(plan, index, { state, context, code, choice });
    }
  }
}

/** Length of the content in the reader's buffer; -1 if this node has no such file. */
function readBytes(file: FilePlan, name: string, state: RetainedState, context: ReadingContext): number {
  const { reader } = context;
  const directory = file.directory < 0 ? undefined : state.directory(file.directory);
  const length = directory === undefined ? -1 : reader.readIn(directory, name);
  if (length >= 0) return length;
  const path = context.path(file, name);
  if (path === undefined) return -1;
  return directory === undefined ? reader.read(path) : reader.openAndRead(directory, path, name);
}

/** Whether there are cgroups whose numbers are added; true also if that is not known. */
function hasSubCgroups({ summed, directory }: FilePlan, state: RetainedState, { reader }: ReadingContext): boolean {
  return summed && (directory < 0 || reader.linkCount(state.directory(directory)) !== LEAF_LINKS);
}

function parse(file: FilePlan, length: number, numbers: Float64Array, context: ReadingContext): string | undefined {
  const { bytes } = context.reader;
  if (file.parse !== undefined) return file.parse(bytes, length, numbers);
  return file.parseList?.(bytes, length, (name, item) => context.item(file, name, item));
}

/** Codes of files that this kernel does not have: not counted at every scrape. */
const ABSENT = new Set(['ENOENT', 'EOPNOTSUPP', 'ENOTSUP']);

/** The cgroup has no directory in the hierarchy of the file. Twice in a row, the file is treated as absent. */
const PARTIAL = 'partial';

/** Codes of files of a cgroup or process that no longer exists. */
const GONE = new Set(['ENOENT', 'ENODEV', 'ESRCH', 'EINVAL']);

interface Failure {
  readonly state: RetainedState;
  readonly context: ReadingContext;
  readonly code: string;
  readonly choice: number;
}

function handleFailure(plan: ReadingPlan, index: number, failure: Failure): void {
  const { context, code } = failure;
  const file = plan.files[index] as FilePlan;
  const isOptional = code === 'ENOENT' && !file.required;
  if ((!isOptional || context.isProcess) && GONE.has(code) && !context.exists()) throw new CgroupGone();
  if (isBeingRemoved(plan, index, failure)) return;
  if (!ABSENT.has(code)) context.fail(code);
  else markAbsent(plan, index, failure, faultOf(code, file, context));
}

/**
 * The kernel disables a cgroup's files before it removes its directories, in one hierarchy after the other. An `ENODEV`
 * is an error only if the next scrape gets it again.
 */
function isBeingRemoved(plan: ReadingPlan, index: number, { state, code, choice }: Failure): boolean {
  if (code !== 'ENODEV' || state.fileStatus(plan.id, index)?.code === code) return false;
  state.setFileStatus(plan.id, index, { choice, recheck: 0, code });
  return true;
}

/** Caches that a file is absent. Without a `fault` the file is optional. */
function markAbsent(plan: ReadingPlan, index: number, failure: Failure, fault: string | undefined): void {
  const { state, context, choice } = failure;
  const last = state.fileStatus(plan.id, index)?.code;
  if (fault !== undefined && fault !== PARTIAL && fault !== last) context.fail(fault);
  const recheck = fault === PARTIAL && last !== PARTIAL ? 0 : context.now + CACHE_MS;
  state.setFileStatus(plan.id, index, { choice, recheck, code: fault ?? '' });
}

/** v1 cgroups are created and removed in one hierarchy after the other, so that a missing directory is no fault. */
function faultOf(code: string, file: FilePlan, context: ReadingContext): string | undefined {
  if (code === 'ENOENT' && (!file.required || context.mayLackControllers)) return undefined;
  return code === 'ENOENT' && !context.holds(file) ? PARTIAL : code;
}

/** Computes the samples of the subject at `position` from the plan's numbers. */
export function fillColumns(plan: ReadingPlan, columns: readonly Float64Array[], position: number): void {
  for (const column of plan.columns) {
    (columns[column.column] as Float64Array)[position] = columnValue(column, plan.numbers);
  }
}

function columnValue(plan: ColumnPlan, numbers: Float64Array): number {
  let value = numbers[plan.value] as number;
  if (plan.onlyIf >= 0 && !Number.isFinite(numbers[plan.onlyIf])) return Number.NaN;
  if (value === Number.POSITIVE_INFINITY) return plan.unlimited;
  if (plan.plus >= 0) {
    const more = numbers[plan.plus] as number;
    if (Number.isFinite(more)) value += more;
  }
  if (plan.minus >= 0) value = Math.max(0, value - finite(numbers[plan.minus]));
  if (plan.per >= 0) value /= finite(numbers[plan.per]);
  if (plan.unlessZero && value === 0) return Number.NaN;
  return value / plan.divisor;
}

function finite(operand: number | undefined): number {
  return Number.isFinite(operand) ? (operand as number) : Number.NaN;
}
