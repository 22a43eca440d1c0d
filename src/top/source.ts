/** Where documents come from. */
export interface DocumentSource {
  /**
   * The documents as JSON, one per interval, until the signal is aborted.
   *
   * @throws {SourceError} if the source can never answer.
   */
  documents(signal: AbortSignal): AsyncIterable<string>;
}

/** Thrown with one line for the user. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  /** Whether it may answer later. */
  readonly isTemporary: boolean;

  constructor(message: string, isTemporary: boolean, cause?: unknown) {
    super(message, { cause });
    this.isTemporary = isTemporary;
  }
}
