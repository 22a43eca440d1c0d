import type { ServerResponse } from 'node:http';

import { eventOf } from './api-history.ts';
import type { PodChange, WatchEvent } from './api-history.ts';
import { failure, selectorOf } from './api-request.ts';
import type { ApiRequest } from './api-request.ts';

/** One open watch of pods: a response that never ends by itself, one JSON event per line. */
export class PodWatch {
  readonly #request: ApiRequest;
  readonly #response: ServerResponse;
  #mute = false;

  constructor(request: ApiRequest, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    if (request.timeoutSeconds === undefined) return;
    const timer = setTimeout(() => this.end(), request.timeoutSeconds * 1000);
    response.once('close', () => clearTimeout(timer));
  }

  /** Tells a change, if it concerns this watch. */
  change(change: PodChange): void {
    const event = eventOf(change, selectorOf(this.#request));
    if (event !== undefined) this.send(event);
  }

  /** Tells the current version, if the client asked for bookmarks. */
  bookmark(version: number): void {
    if (!this.#request.allowBookmarks) return;
    const metadata = { resourceVersion: String(version) };
    this.send({ type: 'BOOKMARK', object: { apiVersion: 'v1', kind: 'Pod', metadata } });
  }

  /** Sends an ERROR event and ends, as the API server does with a watch that it cannot continue. */
  fail(code: number): void {
    this.send({ type: 'ERROR', object: failure(code) });
    this.end();
  }

  send(event: WatchEvent): void {
    this.write(`${JSON.stringify(event)}\n`);
  }

  /** Sends text as it is. */
  write(line: string): void {
    if (!this.#mute) this.#response.write(line);
  }

  /** Says nothing any more and stays open, like a connection whose other end is gone without a word. */
  mute(): void {
    this.#mute = true;
  }

  /** Ends the response in good order. */
  end(): void {
    if (!this.#mute) this.#response.end();
  }

  /** Ends the connection with a TCP reset. */
  reset(): void {
    this.#response.socket?.resetAndDestroy();
  }
}
