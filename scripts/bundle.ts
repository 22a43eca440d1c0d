import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build as bundle, type Plugin } from 'esbuild';

/** CommonJS packages in the bundle ask for `require`, which a module does not have. */
const BANNER = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/** Only the reading of credentials is used of the client; its generated API is free of side effects, and large. */
const withoutGeneratedApi: Plugin = {
  name: 'without-generated-api',
  setup(build) {
    build.onResolve({ filter: /^@kubernetes\/client-node$/ }, async ({ path, pluginData, ...options }) => {
      if (pluginData === 'resolved') return undefined;
      const { path: found } = await build.resolve(path, { ...options, pluginData: 'resolved' });
      return { path: found, sideEffects: false };
    });
  },
};

/** The client's own transport is not used: requests go through node's, with the credentials that the client reads. */
const TRANSPORT = `
  const absent = () => { throw new Error('undici is not part of this bundle'); };
  export const fetch = absent;
  export class Agent { constructor() { absent(); } }
  export class ProxyAgent { constructor() { absent(); } }
`;

const withoutTransport: Plugin = {
  name: 'without-transport',
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: 'absent', sideEffects: false }));
    build.onLoad({ filter: /^undici$/, namespace: 'absent' }, () => ({ contents: TRANSPORT }));
  },
};

/** Of the 2,500 media types that the framework knows, those that are answered with. */
const MEDIA_TYPES = ['text/plain', 'text/html', 'application/json', 'application/octet-stream'];

const withFewMediaTypes: Plugin = {
  name: 'with-few-media-types',
  setup(build) {
    build.onLoad({ filter: /mime-db\/db\.json$/ }, async ({ path }) => {
      const all = JSON.parse(await readFile(path, 'utf8')) as Readonly<Record<string, unknown>>;
      return {
        contents: JSON.stringify(Object.fromEntries(MEDIA_TYPES.map((type) => [type, all[type]]))),
        loader: 'json',
      };
    });
  },
};

/**
 * Bundles the exporter into one file that Node 24 runs, beside it the program that asks file systems and the licences;
 * returns the size of the first in bytes.
 */
export async function bundleExporter(file: string): Promise<number> {
  await bundleProgram('kernel/statfs-child.ts', join(dirname(file), 'statfs-child.mjs'));
  return bundleProgram('main.ts', file);
}

async function bundleProgram(source: string, file: string): Promise<number> {
  const result = await bundle({
    entryPoints: [join(import.meta.dirname, '../src', source)],
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    legalComments: 'external',
    banner: { js: BANNER },
    plugins: [withoutGeneratedApi, withoutTransport, withFewMediaTypes],
    metafile: true,
    logLevel: 'warning',
  });
  return Object.entries(result.metafile.outputs).find(([name]) => name.endsWith('.mjs'))?.[1].bytes ?? 0;
}
