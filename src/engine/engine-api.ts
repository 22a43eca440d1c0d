import { request, type IncomingMessage } from 'node:http';
import { readLines, type LineLimit } from '../base/read-lines.ts';
import { EngineFailure } from './engine-failure.ts';

/** Read-only requests of the Docker Engine API, which Podman answers as well. https://docs.docker.com/reference/api/engine/ */
export interface EngineApi {
  /** Path of the socket. */
  readonly socket: string;
  /** The body of `GET /version`. */
  version(signal: AbortSignal): Promise<unknown>;
  /** The running containers. */
  list(signal: AbortSignal): Promise<unknown>;
  /**
   * Calls `changed` once the engine has accepted the request, and with each event of a container that was started, renamed
   * or has ended since `since` (Unix seconds); with nothing for one that is not valid. Resolves when the engine ends the
   * stream.
   */
  watch(since: number, changed: (event?: unknown) => void, signal: AbortSignal): Promise<void>;
}

/** Where Docker listens. */
export const DEFAULT_SOCKET = '/var/run/docker.sock';

const TIMEOUT_MS = 10_000;

/** About 2 kB per container. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

const EVENTS = JSON.stringify({ type: ['container'], event: ['start', 'rename', 'die', 'died'] });

/** An event has all labels of its container. */
const EVENT_LIMIT: LineLimit = {
  maxBytes: 1024 * 1024,
  tooLong: () => new EngineFailure('an event exceeds the limit of its length'),
};

/** The API of the engine that listens on `socket`. Every function throws for an answer that is none. */
export function engineApi(socket: string, timeoutMs: number = TIMEOUT_MS): EngineApi {
  const json = async (path: string, signal: AbortSignal): Promise<unknown> => {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      return parse(path, await readAll(path, await get(socket, path, limited)));
    } catch (error) {
      throw limited.aborted ? reasonOf(limited, path) : error;
    }
  };
  return {
    socket,
    version: (signal) => json('/version', signal),
    list: (signal) => json('/containers/json', signal),
    watch: async (since, changed, signal) => {
      const path = `/events?since=${Math.floor(since)}&filters=${encodeURIComponent(EVENTS)}`;
      const response = await withHeadInTime((limited) => get(socket, path, limited), signal, timeoutMs);
      changed();
      for await (const line of readLines(response, EVENT_LIMIT)) changed(eventOf(line));
    },
  };
}

/** An answer whose head arrives in time; its body may take any time. */
async function withHeadInTime(
  send: (signal: AbortSignal) => Promise<IncomingMessage>,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<IncomingMessage> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new DOMException('', 'TimeoutError')), timeoutMs).unref();
  try {
    return await send(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}

function get(socket: string, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  // Docker requires a host name, whichever it is.
  const sent = request({ socketPath: socket, path, signal, agent: false, headers: { Host: 'engine' } }, (response) => {
    if (response.statusCode === 200) {
      resolve(response);
      return;
    }
    response.destroy();
    reject(new EngineFailure(`GET ${nameOf(path)}: status ${response.statusCode}`));
  });
  sent.on('error', (error) => reject(signal.aborted ? reasonOf(signal, path) : error));
  sent.end();
  return promise;
}

function reasonOf({ reason }: AbortSignal, path: string): unknown {
  const isTimeout = reason instanceof DOMException && reason.name === 'TimeoutError';
  return isTimeout
    ? new EngineFailure(`no complete answer to GET ${nameOf(path)} in time`, { kind: 'silent' })
    : reason;
}

async function readAll(path: string, response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_ANSWER_BYTES) {
      response.destroy();
      throw new EngineFailure(`the answer to GET ${nameOf(path)} exceeds ${MAX_ANSWER_BYTES} bytes`);
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}

function eventOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new EngineFailure(`the answer to GET ${nameOf(path)} is not JSON`);
  }
}

function nameOf(path: string): string {
  return path.replace(/\?.*$/, '');
}
