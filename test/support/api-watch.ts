import type { ServerResponse } from 'node:http';

import { eventOf } from './api-history.ts';
import type { PodChange, PodHistory, WatchEvent } from './api-history.ts';
import { failure, selectorOf } from './api-request.ts';
import type { ApiRequest } from './api-request.ts';

/** One open watch of pods: a response that never ends by itself, one JSON event per line. */
export class OpenWatch {
  readonly response: ServerResponse;
  readonly #request: ApiRequest;
  #position: number;
  #isMute = false;
  #isSpoiled = false;

  /** Starts with the changes after the version `position`. */
  constructor(request: ApiRequest, response: ServerResponse, position: number) {
    this.#request = request;
    this.response = response;
    this.#position = position;
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
  }

  /** Version of the last change that was sent, or is never sent. */
  get position(): number {
    return this.#position;
  }

  /** Whether it stays open and sends nothing any more. */
  get isMute(): boolean {
    return this.#isMute;
  }

  /** Whether the client receives what is sent now and still parses it. */
  get isHeard(): boolean {
    return !this.#isMute && !this.#isSpoiled && !this.response.writableEnded && !this.response.destroyed;
  }

  /** Sends all changes up to `version`; ends with an ERROR event 410 if they have been compacted. */
  follow(history: PodHistory, version: number): void {
    const missed = history.since(this.#position);
    if (missed === undefined) {
      this.fail(410);
      return;
    }
    for (const change of missed) {
      if (change.version > version) return;
      this.#position = change.version;
      this.change(change, history.isGarbled(change.version));
    }
  }

  /** Never sends the changes up to `version`, if it has sent all up to `from`. */
  skip(version: number, from = 0): void {
    if (this.#position >= from) this.#position = Math.max(this.#position, version);
  }

  /** Sends a change, if this watch selects it; without its end if it is garbled. */
  change(change: PodChange, isGarbled = false): void {
    const event = eventOf(change, selectorOf(this.#request));
    if (event === undefined) return;
    if (isGarbled) this.spoil(JSON.stringify(event).slice(0, -20));
    else this.send(event);
  }

  /** Sends a version, if the client requested bookmarks. */
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
    this.#write(`${JSON.stringify(event)}\n`);
  }

  /** Sends a line after which no client can continue, and stays open. */
  spoil(line: string): void {
    this.#isSpoiled = true;
    this.#write(`${line}\n`);
  }

  /** Stays open and sends nothing any more, like a connection whose other end was lost. */
  mute(): void {
    this.#isMute = true;
  }

  /** Ends the response regularly. */
  end(): void {
    if (!this.#isMute) this.response.end();
  }

  /** Resets the TCP connection. */
  reset(): void {
    this.response.socket?.resetAndDestroy();
  }

  #write(text: string): void {
    if (!this.#isMute && !this.response.writableEnded) this.response.write(text);
  }
}
