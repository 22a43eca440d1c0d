import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync, constants } from 'node:zlib';
import { build } from 'esbuild';

const top = join(import.meta.dirname, '..');

/** Files of the live page, which src/views/page/assets.ts serves, by their path from the repository root. */
const SOURCES = { 'page.js': 'page/main.tsx', 'page.css': 'page/style.css' } as const;

/** Folder of the built files, from the repository root. */
const FOLDER = 'src/views/page/built';

/** A built file. */
export interface PageAsset {
  readonly path: string;
  /** Compressed. */
  readonly bytes: Buffer;
  /** Names of the packages in it. */
  readonly packages: readonly string[];
}

/** Builds the browser code into one script and one style sheet, compressed. */
export async function pageAssets(): Promise<readonly PageAsset[]> {
  return Promise.all(Object.entries(SOURCES).map(([name, source]) => asset(name, source)));
}

async function asset(name: string, source: string): Promise<PageAsset> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: top,
    entryPoints: [source],
    outfile: name,
    bundle: true,
    minify: true,
    format: 'iife',
    target: ['chrome111', 'firefox113', 'safari16.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfig: 'page/tsconfig.json',
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  const [file] = outputFiles;
  const found = Object.keys(metafile.inputs).flatMap((input) => /node_modules\/([^/]+)/.exec(input)?.[1] ?? []);
  return {
    path: join(FOLDER, `${name}.gz`),
    bytes: gzipSync(file?.contents ?? '', { level: constants.Z_BEST_COMPRESSION }),
    packages: [...new Set(found)],
  };
}

/** The licences of the packages in the files; their comments are removed with all others. */
export function licencesOf(assets: readonly PageAsset[]): string {
  const names = [...new Set(assets.flatMap(({ packages }) => packages))].toSorted((a, b) => a.localeCompare(b));
  return names.map((name) => `\n${name}:\n${indented(licenceOf(name))}`).join('');
}

function licenceOf(name: string): string {
  return readFileSync(join(top, 'node_modules', name, 'LICENSE'), 'utf8');
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}

/** Writes the files that have changed; a reader never finds a part of one. */
export async function writePageAssets(): Promise<void> {
  for (const { path, bytes } of await pageAssets()) {
    const file = join(top, path);
    if (existsSync(file) && readFileSync(file).equals(bytes)) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, bytes);
    renameSync(`${file}.${process.pid}`, file);
  }
}
