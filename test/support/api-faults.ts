import type { ServerResponse } from 'node:http';
import { Readable, pipeline } from 'node:stream';

import { failure, sendJson } from './api-request.ts';
import type { ApiRequest } from './api-request.ts';

/** Sends a faulty response. `body` is the correct one of a list; of a watch it is empty. */
export type Fault = (response: ServerResponse, body: string) => void;

/** Responds with an HTTP status. */
export function httpStatus(code: number, headers: Readonly<Record<string, string>> = {}): Fault {
  return (response) => sendJson(response, code, failure(code), headers);
}

/** Responds with status 200 and any text. */
export function text(content: string): Fault {
  return (response) => response.end(content);
}

/** Starts a stream with this text and keeps it open. */
export function opening(content: string): Fault {
  return (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    if (content !== '') response.write(content);
  };
}

/** Responses that do not end by themselves. */
const held = new WeakSet<ServerResponse>();

/** Whether the response stays open, without further data, until time passes or the client disconnects. */
export function isHeld(response: ServerResponse): boolean {
  return held.has(response);
}

/** Keeps the connection open and never sends anything. */
export const silence: Fault = (response) => held.add(response);

/** Starts a stream and never sends anything in it. */
export const silentStream: Fault = (response, body) => {
  opening('')(response, body);
  held.add(response);
};

/** Resets the TCP connection. */
export const reset: Fault = (response) => response.socket?.resetAndDestroy();

/** Sends half of the body as if it were complete. */
export const half: Fault = (response, body) => response.end(firstHalf(body));

/** Sends half of the body, then nothing. */
export const halfAndSilence: Fault = (response, body) => {
  announce(response, body);
  response.write(firstHalf(body));
  held.add(response);
};

/** Sends half of the body and closes the connection. */
export const halfAndEnd: Fault = (response, body) => {
  announce(response, body);
  response.write(firstHalf(body), () => response.socket?.end());
};

/** Sends the body byte by byte; `pace` calls its argument when the next byte is due. */
export function drip(pace: (next: () => void) => void): Fault {
  return (response, body) => {
    announce(response, body);
    held.add(response);
    const bytes = Buffer.from(body);
    const send = (at: number): void => {
      if (response.destroyed) return;
      response.write(bytes.subarray(at, at + 1));
      if (at + 1 < bytes.length) pace(() => send(at + 1));
      else response.end();
    };
    send(0);
  };
}

/** Sends more pods after those of the list; they are created while they are sent. */
export function flood(pods: () => Iterable<object>): Fault {
  return (response, body) => {
    function* parts(): Generator<string> {
      yield body.slice(0, -']}'.length);
      let separator = body.endsWith('[]}') ? '' : ',';
      for (const pod of pods()) {
        yield separator + JSON.stringify(pod);
        separator = ',';
      }
      yield ']}';
    }
    // A client may disconnect before the end.
    pipeline(Readable.from(parts()), response, () => {});
  };
}

function announce(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
}

function firstHalf(body: string): string {
  return body.slice(0, body.length / 2);
}

type Kind = ApiRequest['kind'];

/** Faults that are planned for future requests. */
export class Faults {
  readonly #once = new Map<Kind, Fault[]>();
  readonly #lasting = new Map<Kind, Fault>();

  /** Plans faults for the next requests of a kind, one each. */
  plan(kind: Kind, faults: readonly Fault[]): void {
    this.#once.set(kind, [...(this.#once.get(kind) ?? []), ...faults]);
  }

  /** Plans a fault for all requests of a kind that have no other one. */
  planAll(kind: Kind, fault: Fault): void {
    this.#lasting.set(kind, fault);
  }

  clear(): void {
    this.#once.clear();
    this.#lasting.clear();
  }

  /** The fault for a request of that kind that has arrived now. */
  take(kind: Kind): Fault | undefined {
    return this.#once.get(kind)?.shift() ?? this.#lasting.get(kind);
  }
}
