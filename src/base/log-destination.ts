import { writeSync } from 'node:fs';
import { errorCode } from './error-code.ts';

/** Where a log writes its lines. */
export interface LogDestination {
  /**
   * Takes a line with its line feed; never throws and never waits. Returns how many lines have been lost since the last
   * call, this one included.
   */
  write(line: string): number;
}

const STANDARD_ERROR = 2;

/** Bytes that wait while a pipe is full; further lines are lost. */
const MAX_PENDING_BYTES = 256 * 1024;

/** Milliseconds until a full pipe is tried again. */
const RETRY_MS = 100;

/**
 * Standard error of this process. A closed pipe, a full pipe and a full disk cost lines, never the
 * program.
 */
export function openStandardError(): LogDestination {
  // Opening the stream makes a pipe non-blocking. Node itself writes its warnings there, which must not fail either.
  process.stderr.on('error', () => {});
  return new LineWriter((bytes) => writeSync(STANDARD_ERROR, bytes));
}

/**
 * Writes lines by `write`, which takes the bytes that it can at once, like `fs.writeSync` on a non-blocking descriptor.
 * Lines are written before the call returns, so that the last ones before a crash are not lost.
 */
export class LineWriter implements LogDestination {
  readonly #write: (bytes: Buffer) => number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #lost = 0;
  #isRetryDue = false;

  constructor(write: (bytes: Buffer) => number) {
    this.#write = write;
  }

  write(line: string): number {
    this.#flush();
    const bytes = Buffer.from(line);
    if (this.#pendingBytes > 0 && this.#pendingBytes + bytes.length > MAX_PENDING_BYTES) {
      this.#lost++;
    } else {
      this.#pending.push(bytes);
      this.#pendingBytes += bytes.length;
      this.#flush();
    }
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  #flush(): void {
    try {
      for (let [first] = this.#pending; first !== undefined; [first] = this.#pending) {
        this.#advance(first, this.#write(first));
      }
    } catch (error) {
      if (errorCode(error) === 'EAGAIN') this.#retryLater();
      else this.#drop();
    }
  }

  #advance(first: Buffer, written: number): void {
    this.#pendingBytes -= written;
    if (written === first.length) this.#pending.shift();
    else this.#pending[0] = first.subarray(written);
  }

  #drop(): void {
    this.#lost += this.#pending.length;
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  /** The program does not wait for it. */
  #retryLater(): void {
    if (this.#isRetryDue) return;
    this.#isRetryDue = true;
    setTimeout(() => {
      this.#isRetryDue = false;
      this.#flush();
    }, RETRY_MS).unref();
  }
}
