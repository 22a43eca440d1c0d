/** What a failure is about: no socket, no right to it, no answer in time, or an answer that cannot be used. */
export type EngineFailureKind = 'missing' | 'permission' | 'silent' | 'answer';

/** A request to a container engine that failed; the message is one line. */
export class EngineFailure extends Error {
  override readonly name = 'EngineFailure';
  readonly kind: EngineFailureKind;

  constructor(
    message: string,
    { kind = 'answer', ...options }: ErrorOptions & { readonly kind?: EngineFailureKind } = {},
  ) {
    super(message, options);
    this.kind = kind;
  }
}

const HINTS: Readonly<Record<string, readonly [EngineFailureKind, message: string]>> = {
  EACCES: ['permission', 'permission denied on the socket: run as root or as a member of its group'],
  EPERM: ['permission', 'permission denied on the socket: run as root or as a member of its group'],
  ENOENT: ['missing', 'no such socket: is the engine running, and the socket mounted?'],
  ECONNREFUSED: ['silent', 'nothing listens on the socket'],
  ECONNRESET: ['silent', 'the engine closed the connection'],
};

/** The failure that an error of a request is. The text of an error may be that of the engine, so that it is shortened. */
export function toEngineFailure(error: unknown): EngineFailure {
  if (error instanceof EngineFailure) return error;
  const { code, message = String(error) } = error as { readonly code?: string; readonly message?: string };
  const [kind, hint] = HINTS[code ?? ''] ?? [];
  const text = hint ?? message.slice(0, MAX_TEXT).replaceAll(/\s+/g, ' ');
  return new EngineFailure(text, { cause: error, ...(kind === undefined ? {} : { kind }) });
}

const MAX_TEXT = 200;
