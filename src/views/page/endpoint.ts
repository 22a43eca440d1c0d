import type { EndpointDefinition } from '../endpoint-definition.ts';
import { pageScript, pageStyle } from './assets.ts';
import { startPage } from './page.ts';

/**
 * Nothing of other servers, nothing inline, no frames and no forms. A name that gets into the page by mistake cannot
 * become a program.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Cache-Control': 'no-cache',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** For people. */
export const pageEndpoint: EndpointDefinition = {
  path: '/',
  methods: ['GET'],
  about: 'Start page: the pods live, the endpoints, and what was found on the node.',
  scopes: ['node', 'pod'],
  collectors: [],
  open: (parts) => {
    const own = new Set([pageEndpoint, pageScript, pageStyle].map(({ path }) => path));
    const served = parts.served.filter(({ path }) => !own.has(path));
    const { security, ...facts } = parts;
    return () => ({
      kind: 'plain',
      status: 200,
      contentType: 'text/html; charset=utf-8',
      headers: HEADERS,
      body: startPage(
        {
          ...facts,
          ...parts.status(),
          served,
          checks: parts.checks(),
          ...(security === undefined ? {} : { security: security() }),
        },
        { script: pageScript.path, style: pageStyle.path },
      ),
    });
  },
};
