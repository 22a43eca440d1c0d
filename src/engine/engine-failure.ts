/** A request to a container engine that failed; the message is one line. */
export class EngineFailure extends Error {
  override readonly name = 'EngineFailure';
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied on the socket: run as root or as a member of its group',
  ENOENT: 'no such socket: is the engine running, and the socket mounted?',
  ECONNREFUSED: 'nothing listens on the socket',
};

/** The failure that an error of a request is. The text of an error may be that of the engine, so that it is shortened. */
export function toEngineFailure(error: unknown): EngineFailure {
  if (error instanceof EngineFailure) return error;
  const { code, message = String(error) } = error as { readonly code?: string; readonly message?: string };
  const text = HINTS[code ?? ''] ?? message.slice(0, MAX_TEXT).replaceAll(/\s+/g, ' ');
  return new EngineFailure(text, { cause: error });
}

const MAX_TEXT = 200;
