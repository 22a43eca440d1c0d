import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const FOLDER = join(import.meta.dirname, '../render');
/** Debian's. */
export const CHROMIUM = '/usr/bin/chromium';

/** Where the images of the pages are kept. */
export const SCREENSHOTS = join(FOLDER, 'screenshots');

/** What a rendered page shows. */
export interface RenderedPage {
  readonly page: string;
  /** Uncaught errors of the page. */
  readonly errors: readonly string[];
  /** Titles of the panels without data. */
  readonly empty: readonly string[];
  /** Texts of red cells, and `title: text` of red stats. */
  readonly red: readonly string[];
  readonly queries: readonly RenderedQuery[];
}

export interface RenderOptions {
  /** Start, such as `now-5m` or a time in ISO 8601. */
  readonly from: string;
  /** End, in the same notation. */
  readonly to: string;
  /** Where the images are kept, by default {@link SCREENSHOTS}. */
  readonly folder?: string;
}

/** A query that a panel ran. */
export interface RenderedQuery {
  readonly panel: string;
  readonly expr: string;
  readonly series: number;
  /** Samples that Prometheus read for it. */
  readonly samples?: number;
  readonly error?: string;
}

/** Why there is no browser, as a test's reason to be skipped; false if there is one. */
export function whyNoChromium(): string | false {
  const runs = existsSync(CHROMIUM) && spawnSync(CHROMIUM, ['--version']).status === 0;
  return runs ? false : `needs ${CHROMIUM} (Debian package chromium)`;
}

/** Why no page can be rendered, as a test's reason to be skipped; false if one can. */
export function whyNoRenderer(): string | false {
  const reason = whyNoChromium();
  if (reason !== false) return reason;
  return existsSync(join(FOLDER, 'node_modules/@grafana/scenes'))
    ? false
    : "needs Grafana's libraries (npm ci --prefix test/render)";
}

/** Renders pages such as `pod:namespace=shop,pod=cart-0` with Grafana's libraries, and keeps an image of each. */
export async function renderPages(
  prometheusUrl: string,
  pages: readonly string[],
  { from, to, folder = SCREENSHOTS }: RenderOptions,
): Promise<readonly RenderedPage[]> {
  const range = [`--from=${from}`, `--to=${to}`];
  const options = [`--prometheus=${prometheusUrl}`, `--out=${folder}`, ...range, `--chromium=${CHROMIUM}`];
  const program = spawn(process.execPath, [join(FOLDER, 'render.mjs'), ...options, ...pages]);
  const [output, problems] = await Promise.all([text(program.stdout), text(program.stderr)]);
  if (output === '') throw new Error(`cannot render: ${problems}`);
  return JSON.parse(output) as readonly RenderedPage[];
}
