import type { EndpointDefinition } from '../endpoint-definition.ts';
import { checksDocument } from './document.ts';

/** What the exporter can see, for people and scripts. */
export const checksEndpoint: EndpointDefinition = {
  path: '/api/v1/checks',
  methods: ['GET'],
  about: 'JSON: what the exporter can see, what is missing and how to provide it, as `pod-exporter doctor` prints it.',
  scopes: ['node', 'pod'],
  collectors: [],
  open: ({ checks, version }) => {
    return () => ({
      kind: 'plain',
      status: 200,
      contentType: 'application/json',
      body: checksDocument(checks(), version),
    });
  },
};
