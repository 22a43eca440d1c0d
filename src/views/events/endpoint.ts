import type { EventStore } from '../../events/event-store.ts';
import { eventFields } from '../../events/event-fields.ts';
import { EVENT_TYPES, type PublishedEvent } from '../../events/event.ts';
import type { EndpointDefinition } from '../endpoint-definition.ts';
import type { EndpointRequest, StreamEvent } from '../endpoint.ts';
import { textAnswer } from '../plain-answer.ts';
import { matches, readEventQuery, type EventQuery } from './query.ts';

/** What has happened on this node. */
export const eventsEndpoint: EndpointDefinition = {
  path: '/api/v1/events',
  methods: ['GET'],
  about:
    'Starts and ends of pods and containers, OOM kills and changes of volumes, as JSON or as a stream of events, with `--events`.',
  scopes: ['node'],
  nodeSubresource: 'stats',
  collectors: [],
  parameters: [
    { example: 'types=oom_kill,container_ended', about: 'Only events of these types.' },
    { example: 'namespace=shop&pod=web-0&container=app', about: 'Only events of these; each of them may be absent.' },
    {
      example: 'since=2026-11-28T12:00:00Z&until=1795910400',
      about: 'Only events of this time; RFC 3339 or Unix seconds.',
    },
    { example: 'limit=100', about: 'The newest 100 events; 1000 by default.' },
    {
      example: 'watch=true',
      about: 'A stream of new events; with `since` or `Last-Event-ID` also of those that are kept.',
    },
  ],
  open: ({ events: store }) => {
    return (request) => {
      if (store === undefined) return textAnswer(404, 'events are disabled; set --events');
      const query = readEventQuery(request.query, EVENT_TYPES);
      if ('kind' in query) return query;
      if (query.watch) {
        const from = startOf(store, query, request);
        return { kind: 'stream', events: (signal) => follow(store, query, from, signal) };
      }
      const found = store.after(0).filter((event) => matches(query, event));
      const documents = found.slice(-query.limit).map((event) => documentOf(store, event));
      return {
        kind: 'plain',
        status: 200,
        contentType: 'application/json',
        body: `${JSON.stringify({ events: documents })}\n`,
      };
    };
  },
};

function idOf({ epoch }: EventStore, { sequence }: PublishedEvent): string {
  return `${epoch}-${sequence}`;
}

function documentOf(store: EventStore, event: PublishedEvent): object {
  const time = new Date(event.time * 1000).toISOString();
  return { id: idOf(store, event), time, ...eventFields(event) };
}

/** The sequence number after which a stream begins. */
function startOf(store: EventStore, { since }: EventQuery, { header }: EndpointRequest): number {
  const [, epoch, sequence] = /^([0-9a-z]{1,12})-(\d{1,15})$/.exec(header('Last-Event-ID')) ?? [];
  // The IDs of another process: everything that is kept is new to the client.
  if (epoch !== undefined) return epoch === store.epoch ? Number(sequence) : 0;
  return since === undefined ? store.last : 0;
}

async function* follow(
  store: EventStore,
  query: EventQuery,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  let sequence = from;
  while (!signal.aborted) {
    const { last } = store;
    for (const event of store.after(sequence)) {
      if (!matches(query, event)) continue;
      yield { id: idOf(store, event), event: event.type, data: JSON.stringify(documentOf(store, event)) };
    }
    sequence = Math.max(sequence, last);
    await store.wait(sequence, signal);
  }
}
