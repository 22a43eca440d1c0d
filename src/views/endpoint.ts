import type { Yielder } from '../base/yielder.ts';
import type { CollectorName } from '../metrics/index.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

/** What is exported: every pod of the node, or only the pod in which the exporter runs. */
export type Scope = 'node' | 'pod';

/** What is known of an endpoint before a request. The server, the start page and docs/endpoints.md are made of it. */
export interface EndpointDescription {
  readonly path: string;
  /** HEAD goes with GET. */
  readonly methods: readonly ('GET' | 'POST')[];
  /** What it returns, in one sentence. */
  readonly about: string;
  /** Scopes in which it exists. */
  readonly scopes: readonly Scope[];
  /** Names of the collectors that its answers may need; empty for an endpoint that reads no snapshot. */
  readonly collectors: readonly CollectorName[];
  /** Query parameters, with an example each. */
  readonly parameters?: readonly { readonly example: string; readonly about: string }[];
  /** The flag that sets another path. */
  readonly pathFlag?: 'web.telemetry-path';
  /** The subresource of the node that a client needs with `--web.auth=kubernetes`; `metrics` by default. */
  readonly nodeSubresource?: 'stats';
  /** Requests need no credentials, so answers must reveal nothing about the node. */
  readonly isPublic?: true;
}

/** An endpoint that is served. */
export interface Endpoint extends EndpointDescription {
  /** Decides on the answer to a request; must not read anything. */
  readonly answer: (request: EndpointRequest) => Answer;
}

export interface EndpointRequest {
  readonly query: URLSearchParams;
  /** The value of a request header; empty without one. */
  readonly header: (name: string) => string;
}

export type Answer = PlainAnswer | SnapshotAnswer | StreamAnswer;

/** An answer that is known at once. */
export interface PlainAnswer {
  readonly kind: 'plain';
  readonly status: number;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** The body is compressed; it is decompressed for clients that do not accept that. */
  readonly encoding?: 'gzip';
}

/** An answer that is written from one collection. */
export interface SnapshotAnswer {
  readonly kind: 'snapshot';
  /**
   * Waits before the collection. A request that waits holds no place among the scrapes in progress. Ends early when
   * `signal` is aborted; `deadline` in milliseconds of `performance.now()`.
   */
  readonly prepare?: (deadline: number, signal: AbortSignal) => Promise<void>;
  /** Names of the collectors to run. */
  readonly collectors: ReadonlySet<string>;
  readonly contentType: string;
  /** Request headers on which the answer depends, besides `Accept-Encoding`. */
  readonly vary?: string;
  /**
   * Writes what `snapshot` has of the collectors, piece by piece. The snapshot is valid until this resolves.
   *
   * @throws whatever `output` throws.
   */
  write(snapshot: Snapshot, output: Output): Promise<unknown>;
}

/** An answer that is a stream of server-sent events, for as long as the client stays connected. */
export interface StreamAnswer {
  readonly kind: 'stream';
  /**
   * The events for one client, called once it is admitted. `signal` is aborted when the client disconnects, after
   * the longest time of a stream, and at shutdown; then the iteration should end. The next event is requested only
   * when the socket has taken the last one: what happens meanwhile is dropped or merged here, in bounded memory.
   */
  events(signal: AbortSignal): AsyncIterable<StreamEvent>;
}

/**
 * A server-sent event. It must not change after it was sent; clients that get the same object share its bytes.
 *
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export interface StreamEvent {
  /** The client sends the last one as `Last-Event-ID` when it reconnects; one line. */
  readonly id?: string;
  /** Type of the event, one line; a browser dispatches one without as `message`. */
  readonly event?: string;
  /** The bytes of a large document are one line, of which no copy is made. */
  readonly data: string | Buffer;
}

/** Sends an answer to its client. */
export interface Output {
  /** Sends a piece; resolves when its memory may be reused. */
  send(piece: Buffer): Promise<void>;
  /** Check between pieces of work, so that other requests are answered meanwhile. */
  readonly yielder: Yielder;
  /** Milliseconds of `performance.now()` until which the client waits. */
  readonly deadline: number;
}
