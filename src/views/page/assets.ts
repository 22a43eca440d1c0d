import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { errorCode } from '../../base/error-code.ts';
import type { EndpointDefinition } from '../endpoint-definition.ts';
import { textAnswer } from '../plain-answer.ts';
import type { PlainAnswer } from '../endpoint.ts';

/** A built file of the live page: the program or its style. scripts/bundle.ts replaces the addresses by the contents. */
interface Asset {
  readonly path: string;
  readonly contentType: string;
  readonly about: string;
  readonly address: () => URL;
}

const SCRIPT: Asset = {
  path: '/page.js',
  contentType: 'text/javascript; charset=utf-8',
  about: 'Program of the start page.',
  address: () => new URL('./built/page.js.gz', import.meta.url),
};

const STYLE: Asset = {
  path: '/page.css',
  contentType: 'text/css; charset=utf-8',
  about: 'Style of the start page.',
  address: () => new URL('./built/page.css.gz', import.meta.url),
};

/** What the start page consists of besides its text. */
export const pageScript = endpointOf(SCRIPT);
export const pageStyle = endpointOf(STYLE);

function endpointOf({ path, about, contentType, address }: Asset): EndpointDefinition {
  return {
    path,
    methods: ['GET'],
    about,
    scopes: ['node', 'pod'],
    collectors: [],
    open: () => {
      let answer: PlainAnswer | undefined;
      // Read by the first client that opens the page.
      return () => (answer ??= read(address(), contentType)) ?? textAnswer(404, 'not built; run npm run build:page');
    },
  };
}

/** The compressed file; browsers ask every time whether it is another one. `undefined` if it is not built. */
function read(address: URL, contentType: string): PlainAnswer | undefined {
  const body = contentOf(address);
  if (body === undefined) return undefined;
  const digest = createHash('sha256').update(body).digest('base64url');
  const headers = { ETag: `"${digest}"`, 'Cache-Control': 'no-cache', 'X-Content-Type-Options': 'nosniff' };
  return { kind: 'plain', status: 200, contentType, headers, body, encoding: 'gzip' };
}

function contentOf(address: URL): Buffer | undefined {
  if (address.protocol === 'data:') return Buffer.from(address.pathname.split(',')[1] ?? '', 'base64');
  try {
    return readFileSync(address);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
