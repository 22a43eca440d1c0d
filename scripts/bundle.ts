import { appendFile, readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { build as bundle, type Plugin } from 'esbuild';
import { licencesOf, pageAssets, type PageAsset } from './page-assets.ts';

/** CommonJS packages in the bundle need `require`, which does not exist in a module. */
const BANNER = "const require=process.getBuiltinModule('module').createRequire(import.meta.url);";

/**
 * Importing a module of Node.js reads all of its exports, lazy ones too: `node:http` then loads undici and HTTP/2, which
 * takes 14 MB, and `node:tls` copies all root certificates. Its module object does not.
 */
const withLazyBuiltins: Plugin = {
  name: 'with-lazy-builtins',
  setup(build) {
    const names = new RegExp(`^(?:node:)?(${builtinModules.join('|')})$`);
    build.onResolve({ filter: names }, ({ path, kind }) =>
      kind === 'require-call'
        ? undefined
        : { path: path.replace('node:', ''), namespace: 'builtin', sideEffects: false },
    );
    build.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({ contents: exportsOf(path) }));
  },
};

function exportsOf(name: string): string {
  const builtin = process.getBuiltinModule(name) as object;
  const properties = Object.entries(Object.getOwnPropertyDescriptors(builtin));
  // Modules of promises are loaded where they are imported.
  const isRead = ([key, property]: (typeof properties)[number]): boolean =>
    /^[a-z]\w*$/i.test(key) && (property.get === undefined || key === 'promises');
  const lines = properties
    .filter(isRead)
    .map(([key]) => `const ${key}_ = builtin.${key}; export { ${key}_ as ${key} };`);
  return [`const builtin = process.getBuiltinModule('${name}');`, 'export default builtin;', ...lines].join('\n');
}

/** What reading credentials imports of the generated API, to make clients. */
const GENERATED_API = `
  const absent = () => { throw new Error('the generated API is not part of this bundle'); };
  export const createConfiguration = absent;
  export class ServerConfiguration { constructor() { absent(); } }
`;

/** Of the client library only what reads credentials is used: the rest of it is most of its size. */
const withCredentialsOnly: Plugin = {
  name: 'with-credentials-only',
  setup(build) {
    build.onResolve({ filter: /^@kubernetes\/client-node$/ }, async ({ path, pluginData, ...options }) => {
      if (pluginData === 'resolved') return undefined;
      const { path: index } = await build.resolve(path, { ...options, pluginData: 'resolved' });
      return { path: join(dirname(index), 'config.js'), sideEffects: false };
    });
    // From here the generated API would be reached, which no part of the exporter calls.
    build.onLoad({ filter: /client-node\/dist\/gen\/index\.js$/ }, () => ({ contents: GENERATED_API }));
  },
};

/** The transport of the client library is not used: requests use Node's, with the credentials that the library reads. */
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

/** The media types of responses; replaces the framework's list of 2,500. */
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

/** Reference to the program of a child process, relative to the referring file. */
const CHILD = /new URL\('\.\/([\w-]+-child\.ts)', import\.meta\.url\)/;

/** Embeds the programs of child processes in the bundle, as data URLs. */
const withChildPrograms: Plugin = {
  name: 'with-child-programs',
  setup(build) {
    build.onLoad({ filter: /-(?:process|guard)\.ts$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8');
      const [, name] = CHILD.exec(contents) ?? [];
      if (name === undefined) return undefined;
      const { outputFiles } = await bundle({
        ...SHAPE,
        entryPoints: [join(dirname(path), name)],
        plugins: [withLazyBuiltins],
        write: false,
      });
      const program = Buffer.from(outputFiles[0]?.contents ?? '').toString('base64');
      const address = JSON.stringify(`data:text/javascript;base64,${program}`);
      return { contents: contents.replace(CHILD, `new URL(${address})`), loader: 'ts' };
    });
  },
};

/** Reference to a built file of the live page, relative to the referring file. */
const PAGE_ASSET = /new URL\('\.\/built\/([\w.]+)', import\.meta\.url\)/g;

/** Embeds the live page in the bundle, compressed, as data URLs. */
function withPage(assets: readonly PageAsset[]): Plugin {
  return {
    name: 'with-page',
    setup(build) {
      build.onLoad({ filter: /views\/page\/assets\.ts$/ }, async ({ path }) => {
        const contents = await readFile(path, 'utf8');
        const replaced = contents.replaceAll(PAGE_ASSET, (_, name: string) => {
          const asset = assets.find(({ path: file }) => basename(file) === name);
          if (asset === undefined) throw new Error(`${name} is not part of the live page`);
          return `new URL('data:application/gzip;base64,${asset.bytes.toString('base64')}')`;
        });
        return { contents: replaced, loader: 'ts' };
      });
    },
  };
}

/** Common options of all parts of the bundle. */
const SHAPE = { bundle: true, platform: 'node', target: 'node24', format: 'esm', minify: true } as const;

/** Bundles the exporter into one file for Node 24, and the licences into another; returns the size in bytes. */
export async function bundleExporter(file: string): Promise<number> {
  const page = await pageAssets();
  const result = await bundle({
    entryPoints: [join(import.meta.dirname, '../src/main.ts')],
    outfile: file,
    ...SHAPE,
    legalComments: 'external',
    banner: { js: BANNER },
    plugins: [
      withLazyBuiltins,
      withCredentialsOnly,
      withoutTransport,
      withFewMediaTypes,
      withChildPrograms,
      withPage(page),
    ],
    metafile: true,
    logLevel: 'warning',
  });
  await appendFile(`${file}.LEGAL.txt`, licencesOf(page));
  return Object.entries(result.metafile.outputs).find(([name]) => name.endsWith('.mjs'))?.[1].bytes ?? 0;
}
