import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { until } from './until.ts';

type Handler = (response: ServerResponse) => void;

/** A container engine whose answers the test chooses. */
export class StandInEngine {
  readonly socket: string;
  /** The body of `GET /containers/json`. */
  containers: unknown = [];
  /** Replaces answers, by path without query. */
  readonly faults = new Map<string, Handler>();
  /** Paths that were requested, with their query. */
  readonly requests: string[] = [];
  readonly #runtime: string;
  readonly #streams = new Set<ServerResponse>();
  #server: Server | undefined;

  private constructor(directory: string, runtime: string) {
    this.socket = join(directory, 'engine.sock');
    this.#runtime = runtime;
  }

  /** An engine that calls itself `runtime`; it does not listen yet. */
  static create(t: { after(undo: () => Promise<void>): void }, runtime = 'Engine'): StandInEngine {
    const directory = mkdtempSync(join(tmpdir(), 'pod-exporter-engine-'));
    const engine = new StandInEngine(directory, runtime);
    t.after(async () => {
      await engine.close();
      rmSync(directory, { recursive: true, force: true });
    });
    return engine;
  }

  async listen(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.listen(this.socket, () => resolve(undefined));
    await promise;
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    if (this.#server === undefined) return;
    this.#server.close(() => resolve(undefined));
    this.#server.closeAllConnections();
    this.#server = undefined;
    await promise;
  }

  /** Number of requests of a path. */
  count(path: string): number {
    return this.requests.filter((request) => request.split('?')[0] === path).length;
  }

  /** Reports an event to who watches. */
  async report(event: object): Promise<void> {
    await this.reportIn([Buffer.from(`${JSON.stringify(event)}\n`)]);
  }

  /** Sends pieces of events to who watches, one after the other. */
  async reportIn(pieces: readonly Buffer[]): Promise<void> {
    await until('a stream of events', () => this.#streams.size > 0);
    for (const piece of pieces) {
      for (const stream of this.#streams) stream.write(piece);
      await setImmediate();
    }
  }

  /** Ends the streams of events. */
  endEvents(): void {
    for (const stream of this.#streams) stream.end();
  }

  #answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
    this.requests.push(url);
    const [path = ''] = url.split('?');
    const fault = this.faults.get(path);
    if (fault !== undefined) fault(response);
    else if (path === '/events') this.#stream(response);
    else this.#json(path, response);
  }

  #json(path: string, response: ServerResponse): void {
    const bodies: Readonly<Record<string, unknown>> = {
      '/version': { Components: [{ Name: this.#runtime, Version: '1' }], Version: '20.10.24', ApiVersion: '1.41' },
      '/containers/json': this.containers,
    };
    response.writeHead(path in bodies ? 200 : 404, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(bodies[path] ?? { message: 'page not found' }));
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
  }
}
