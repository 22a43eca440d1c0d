import { createHash } from 'node:crypto';
import { createReadStream, existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { basename, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { build } from 'vite';

/**
 * Renders dashboards in Chromium and prints, as JSON, for each page which panels are empty, which texts of stats and
 * tables are red, and what its queries cost.
 *
 *     node render.mjs --prometheus=http://127.0.0.1:9090 --out=screenshots pod:namespace=shop,pod=cart-0 cluster
 *     node render.mjs … --width=800 --theme=light --from=now-15m
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    prometheus: { type: 'string' },
    out: { type: 'string', default: 'screenshots' },
    width: { type: 'string', default: '1600' },
    theme: { type: 'string', default: 'dark' },
    from: { type: 'string', default: 'now-1h' },
    to: { type: 'string', default: 'now' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
  },
});

const here = import.meta.dirname;
const DASHBOARDS = join(here, '../../dashboards');
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json' };
/** Pixels of a row of Grafana's grid, with the gap below it. */
const GRID_ROW = 38;
const CONCURRENT_PAGES = 2;
const TIMEOUT_MS = 180_000;

/** The bundled page; built once for its sources and the versions of the libraries. */
async function bundle() {
  const sources = [
    ...globSync('page/*', { cwd: here }).toSorted(),
    'index.html',
    'vite.config.mjs',
    'package-lock.json',
  ];
  const hash = createHash('sha256');
  for (const name of sources) hash.update(readFileSync(join(here, name)));
  const outDir = join(here, 'node_modules/.cache', hash.digest('hex').slice(0, 16));
  if (!existsSync(join(outDir, 'index.html'))) await build({ root: here, build: { outDir } });
  return outDir;
}

function serve(folder) {
  const server = http.createServer((request, response) => {
    const { pathname, search } = new URL(request.url, 'http://localhost');
    const file = fileOf(folder, pathname);
    if (pathname.startsWith('/prometheus/')) {
      proxy(pathname.slice('/prometheus'.length) + search, response);
    } else if (existsSync(file)) {
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
      createReadStream(file).pipe(response);
    } else {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function fileOf(folder, pathname) {
  if (pathname.startsWith('/dashboards/')) return join(DASHBOARDS, basename(pathname));
  if (pathname.startsWith('/public/build/img/')) {
    return join(here, 'node_modules/@grafana/ui/dist/public', pathname.slice('/public/build'.length));
  }
  return join(folder, pathname.includes('.') ? pathname : 'index.html');
}

function proxy(path, response) {
  const upstream = http.get(new URL(path, values.prometheus), (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  upstream.on('error', (error) => response.writeHead(502).end(JSON.stringify({ error: String(error) })));
}

/** Renders `NAME:VARIABLE=VALUE,…`. */
async function render(browser, address, wanted) {
  const [name, chosen = ''] = wanted.split(':');
  const variables = chosen
    .split(',')
    .filter(Boolean)
    .map((pair) => `&var-${pair}`);
  const { panels } = JSON.parse(readFileSync(join(DASHBOARDS, `${name}.json`), 'utf8'));
  const rows = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h));
  const width = Number(values.width);
  // Below 768 pixels Grafana puts panels below each other.
  const page = await browser.newPage({ viewport: { width, height: rows * GRID_ROW + 260 } });
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  const query = `dashboard=${name}&theme=${values.theme}&from=${values.from}&to=${values.to}${variables.join('')}`;
  await page.goto(`${address}/?${query}`, { timeout: TIMEOUT_MS });
  await page.waitForFunction(isSettled, panels.filter(({ type }) => type !== 'row').length, { timeout: TIMEOUT_MS });
  await page.screenshot({ path: join(values.out, `${name}-${values.width}-${values.theme}.png`) });
  const seen = await page.evaluate(() => ({
    empty: [...document.querySelectorAll('[data-empty]')].map((element) => element.dataset.empty),
    queries: window.queries,
    failure: window.failure,
  }));
  const red = await page.evaluate(redTexts);
  await page.close();
  return { page: name, errors: [...errors, ...(seen.failure === undefined ? [] : [seen.failure])], ...seen, red };
}

/** Runs on the page: texts of stats that are red, and of cells with a red background. */
function redTexts() {
  const isRed = (color) => {
    const [red = 0, green = 0, blue = 0] = (color.match(/\d+/g) ?? []).map(Number);
    return red > 150 && green < 100 && blue < 120;
  };
  const stats = [...document.querySelectorAll('[data-stat]')].filter((stat) =>
    [...stat.querySelectorAll('span')].some((element) => isRed(getComputedStyle(element).color)),
  );
  const cells = [...document.querySelectorAll('[role=gridcell]')].filter((cell) =>
    [cell, ...cell.querySelectorAll('*')].some((element) => isRed(getComputedStyle(element).backgroundColor)),
  );
  return [
    ...stats.map((stat) => `${stat.dataset.stat}: ${stat.textContent}`),
    ...cells.map((cell) => cell.textContent),
  ];
}

/** Runs on the page: whether every panel has its answers, and nothing has changed for a while. */
function isSettled(panels) {
  const state = `${window.queries?.length} ${document.querySelectorAll('*').length}`;
  const isBusy = window.pending !== 0 || new Set((window.queries ?? []).map(({ panel }) => panel)).size === 0;
  if (isBusy || state !== window.lastState) Object.assign(window, { lastState: state, since: performance.now() });
  if (window.failure !== undefined) return true;
  const drawn = document.querySelectorAll('[data-viz-panel-key]').length;
  return drawn >= panels && performance.now() - window.since > 700;
}

mkdirSync(values.out, { recursive: true });
const server = await serve(await bundle());
const browser = await chromium.launch({ executablePath: values.chromium, args: ['--no-sandbox', '--disable-gpu'] });
try {
  const address = `http://127.0.0.1:${server.address().port}`;
  const queue = positionals.values();
  const results = [];
  const worker = async () => {
    for (const wanted of queue) results.push(await render(browser, address, wanted));
  };
  await Promise.all(Array.from({ length: CONCURRENT_PAGES }, worker));
  process.stdout.write(`${JSON.stringify(results)}\n`);
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
}
