import { errorCode } from '../base/error-code.ts';
import type { FileReader } from '../kernel/file-reader.ts';
import type { ColumnPlan, FilePlan, ReadingPlan } from '../plan/plan.ts';
import type { RetainedState } from './target.ts';

/** How long limits and weights, and the absence of a file, are cached, in milliseconds. */
export const CACHE_MS = 30_000;

/** Thrown when the cgroup or process that is being read has vanished. */
export class CgroupGone extends Error {
  override readonly name = 'Vanished';
}

/** What reading a target needs besides the target. */
export interface ReadingContext {
  readonly reader: FileReader;
  /** Milliseconds; only differences count. */
  readonly now: number;
  /** Between 0 and 1. */
  random(): number;
  /** Where the file called `name` is; `undefined` if this node has no hierarchy for it. */
  path(file: FilePlan, name: string): string | undefined;
  /** Counts a failed read. */
  fail(code: string): void;
  /** Receives an item of a list. */
  item(file: FilePlan, name: string, numbers: Float64Array): void;
  /** Whether the cgroup or process is still there, asked when a file of it is not. */
  exists(): boolean;
  /** Whether there is a directory of it in the hierarchy that has `file`. */
  holds(file: FilePlan): boolean;
}

/**
 * Reads the files of one target into the plan's numbers.
 *
 * A file that cannot be read or is damaged costs its own numbers only.
 * @throws {CgroupGone} if the target is gone.
 */
export function readTarget(plan: ReadingPlan, memory: RetainedState, context: ReadingContext): void {
  const { files, numbers } = plan;
  numbers.fill(Number.NaN);
  const fresh = restoreCached(plan, memory, context);
  for (let index = 0; index < files.length; index++) {
    const file = files[index] as FilePlan;
    if (file.cached && !fresh) continue;
    if (file.onlyIf >= 0 && !Number.isFinite(numbers[file.onlyIf])) continue;
    if ((memory.fileStatus(plan.id, index)?.recheck ?? 0) > context.now) continue;
    readFile(plan, index, memory, context);
  }
  if (fresh) saveCached(plan, memory);
}

/** Restores the cached numbers. True if they are due to be read, the first time included. */
function restoreCached(
  { cached, cacheStart: start, numbers }: ReadingPlan,
  memory: RetainedState,
  context: ReadingContext,
): boolean {
  if (cached.length === 0) return false;
  if ((memory.numbers[start] as number) <= context.now) {
    // Spread out, so that not every target is due in the same scrape.
    memory.numbers[start] = context.now + CACHE_MS * (0.5 + context.random() / 2);
    return true;
  }
  for (let index = 0; index < cached.length; index++) {
    numbers[cached[index] as number] = memory.numbers[start + 1 + index] as number;
  }
  return false;
}

function saveCached({ cached, cacheStart: start, numbers }: ReadingPlan, memory: RetainedState): void {
  for (let index = 0; index < cached.length; index++) {
    memory.numbers[start + 1 + index] = numbers[cached[index] as number] as number;
  }
}

function readFile(plan: ReadingPlan, index: number, memory: RetainedState, context: ReadingContext): void {
  const file = plan.files[index] as FilePlan;
  const choice = memory.fileStatus(plan.id, index)?.choice ?? 0;
  try {
    const length = readBytes(file, file.names[choice] as string, memory, context);
    if (length < 0) return;
    const fault = parse(file, length, plan.numbers, context);
    if (fault !== undefined) context.fail(fault);
    if (choice === 0) memory.setFileStatus(plan.id, index, undefined);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' && choice + 1 < file.names.length) {
      memory.setFileStatus(plan.id, index, { choice: choice + 1, recheck: 0, code: '' });
      readFile(plan, index, memory, context);
    } else {
      noteUnread(plan, index, { memory, context, code, choice });
    }
  }
}

/** Length of what is now in the reader's buffer; -1 if there is no such file on this node. */
function readBytes(file: FilePlan, name: string, memory: RetainedState, context: ReadingContext): number {
  const { reader } = context;
  const kept = file.descriptor < 0 ? undefined : memory.kept(file.descriptor);
  const length = kept === undefined ? -1 : reader.readCached(kept);
  if (length >= 0) return length;
  const path = context.path(file, name);
  if (path === undefined) return -1;
  return kept === undefined ? reader.read(path) : reader.readAndCache(kept, path);
}

function parse(file: FilePlan, length: number, numbers: Float64Array, context: ReadingContext): string | undefined {
  const { bytes } = context.reader;
  if (file.parse !== undefined) return file.parse(bytes, length, numbers);
  return file.parseList?.(bytes, length, (name, item) => context.item(file, name, item));
}

/** Codes that say "this kernel has no such thing here": no failure to be repeated at every scrape. */
const ABSENT = new Set(['ENOENT', 'EOPNOTSUPP', 'ENOTSUP']);

/** Noted of a file whose hierarchy does not have the cgroup; twice in a row it will not get it soon. */
const PARTIAL = 'partial';

/** Codes with which a file answers when what it belongs to is gone. */
const GONE = new Set(['ENOENT', 'ENODEV', 'ESRCH', 'EINVAL']);

interface Unread {
  readonly memory: RetainedState;
  readonly context: ReadingContext;
  readonly code: string;
  readonly choice: number;
}

function noteUnread(plan: ReadingPlan, index: number, unread: Unread): void {
  const { context, code } = unread;
  const file = plan.files[index] as FilePlan;
  const expected = code === 'ENOENT' && !file.required;
  if (!expected && GONE.has(code) && !context.exists()) throw new CgroupGone();
  if (!ABSENT.has(code)) context.fail(code);
  else noteAbsent(plan, index, unread, expected ? undefined : reasonOf(code, file, context));
}

/** Looks for the file again later. Without a `fault` it need not be there. */
function noteAbsent(plan: ReadingPlan, index: number, unread: Unread, fault: string | undefined): void {
  const { memory, context, choice } = unread;
  const last = memory.fileStatus(plan.id, index)?.code;
  if (fault !== undefined && fault !== PARTIAL && fault !== last) context.fail(fault);
  const recheck = fault === PARTIAL && last !== PARTIAL ? 0 : context.now + CACHE_MS;
  memory.setFileStatus(plan.id, index, { choice, recheck, code: fault ?? '' });
}

/** v1 cgroups are made in, and removed from, one hierarchy after the other: not yet or no more there is no fault. */
function reasonOf(code: string, file: FilePlan, context: ReadingContext): string {
  return code === 'ENOENT' && !context.holds(file) ? PARTIAL : code;
}

/** Computes the columns of the subject at `position` from its numbers. */
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
