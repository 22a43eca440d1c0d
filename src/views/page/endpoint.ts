import type { EndpointDefinition } from '../endpoint-definition.ts';
import { startPage } from './page.ts';

/** For people. */
export const pageEndpoint: EndpointDefinition = {
  path: '/',
  methods: ['GET'],
  about: 'Start page: the endpoints, and what was found on the node.',
  scopes: ['node', 'pod'],
  collectors: [],
  open: (parts) => {
    const others = parts.served.filter(({ path }) => path !== pageEndpoint.path);
    return () => ({
      kind: 'plain',
      status: 200,
      contentType: 'text/html; charset=utf-8',
      body: startPage({ ...parts, ...parts.status(), served: others }),
    });
  },
};
