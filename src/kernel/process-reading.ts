/**
 * Name, state, CPU time and memory of one process.
 * https://docs.kernel.org/filesystems/proc.html#process-specific-subdirectories
 */
import { readRegularFile } from './regular-file.ts';
import { TICKS_PER_SECOND } from './processes.ts';

/** What the kernel reports about a process. */
export interface ProcessReading {
  /** Decoded as UTF-8; control and format characters are replaced. */
  readonly name: string;
  /** The letter of its state. */
  readonly state: string;
  readonly threads: number;
  readonly cpuSeconds: number;
  /** Seconds since boot. */
  readonly startedAfterBoot: number;
  /** Bytes; NaN for a process without memory of its own. */
  readonly residentBytes: number;
  readonly swapBytes: number;
}

/** Positions in `stat` after the name, which is field 2 and may itself contain spaces and parentheses. */
const FIELD = { state: 0, utime: 11, stime: 12, threads: 17, started: 19 } as const;

/** A process may set any bytes as its name, also those that move the cursor of a terminal or reverse the text. */
const INVISIBLE = /[\p{Cc}\p{Cf}]/gu;

/** `undefined` if the process has exited. */
export function readProcess(procfs: string, pid: number): ProcessReading | undefined {
  let stat: string;
  let status: string;
  try {
    stat = readRegularFile(`${procfs}/${pid}/stat`).toString('utf8');
    status = readRegularFile(`${procfs}/${pid}/status`).toString('latin1');
  } catch {
    return undefined;
  }
  const close = stat.lastIndexOf(')');
  const fields = stat.slice(close + 2).split(' ');
  const number = (name: keyof typeof FIELD): number => Number(fields[FIELD[name]]);
  return {
    name: stat.slice(stat.indexOf('(') + 1, close).replaceAll(INVISIBLE, '\uFFFD'),
    state: fields[FIELD.state] ?? '',
    threads: number('threads'),
    cpuSeconds: (number('utime') + number('stime')) / TICKS_PER_SECOND,
    startedAfterBoot: number('started') / TICKS_PER_SECOND,
    residentBytes: bytesIn(status, 'VmRSS'),
    swapBytes: bytesIn(status, 'VmSwap'),
  };
}

/**
 * NaN if the line is missing.
 *
 *     VmRSS:	    5312 kB
 */
function bytesIn(status: string, line: string): number {
  return Number(new RegExp(`^${line}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
}
