import type { ServerResponse } from 'node:http';
import { Readable, pipeline } from 'node:stream';

import { failure, sendJson } from './api-request.ts';
import type { ApiRequest } from './api-request.ts';

/** Gives another answer than the right one. `body` is that one, if it is a list; of a watch it is empty. */
export type Fault = (response: ServerResponse, body: string) => void;

/** Answers with an HTTP status. */
export function httpStatus(code: number, headers: Readonly<Record<string, string>> = {}): Fault {
  return (response) => sendJson(response, code, failure(code), headers);
}

/** Answers with any text, of status 200. */
export function text(content: string): Fault {
  return (response) => response.end(content);
}

/** Begins a stream with this text and leaves it open. */
export function opening(content: string): Fault {
  return (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    if (content !== '') response.write(content);
  };
}

/** Responses of which nobody knows when they are over. */
const held = new WeakSet<ServerResponse>();

/** Whether the response stays open, with nothing under way, until time passes or the client leaves. */
export function isHeld(response: ServerResponse): boolean {
  return held.has(response);
}

/** Keeps the connection and never says anything. */
export const silence: Fault = (response) => held.add(response);

/** Begins a stream and never says anything in it. */
export const silentStream: Fault = (response, body) => {
  opening('')(response, body);
  held.add(response);
};

/** Ends the connection with a TCP reset. */
export const reset: Fault = (response) => response.socket?.resetAndDestroy();

/** Sends half of the answer as if it were all. */
export const half: Fault = (response, body) => response.end(firstHalf(body));

/** Sends half of the answer, and then never anything again. */
export const halfAndSilence: Fault = (response, body) => {
  announce(response, body);
  response.write(firstHalf(body));
  held.add(response);
};

/** Sends half of the answer and ends the connection. */
export const halfAndEnd: Fault = (response, body) => {
  announce(response, body);
  response.write(firstHalf(body), () => response.socket?.end());
};

/** Sends the answer byte by byte; `pace` calls its argument when the next byte is due. */
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

/** Sends more pods behind those of the list; they are made while they are sent. */
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
    // A client that leaves before the end is none of our concern.
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

/** The faults that are planned for requests to come. */
export class Faults {
  readonly #once = new Map<Kind, Fault[]>();
  readonly #lasting = new Map<Kind, Fault>();

  /** Plans faults for the next requests of a kind, one each. */
  plan(kind: Kind, faults: readonly Fault[]): void {
    this.#once.set(kind, [...(this.#once.get(kind) ?? []), ...faults]);
  }

  /** Plans a fault for all requests of a kind that no other one is planned for. */
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
