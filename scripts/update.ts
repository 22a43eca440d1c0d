import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goldenNodes, scrapeRecorded } from '../test/support/recorded-node.ts';
import { generatedPages } from './pages.ts';
import { grown, STABLE_SERIES_FILE, stableSeries } from './stable-series.ts';

/** Rewrites all generated files: pages and golden files. */
const top = join(import.meta.dirname, '..');

for (const [path, text] of generatedPages()) write(join(top, path), text);
const list = readFileSync(join(top, STABLE_SERIES_FILE), 'utf8').trimEnd().split('\n');
write(join(top, STABLE_SERIES_FILE), `${grown(list, await stableSeries()).join('\n')}\n`);
for (const node of goldenNodes()) write(node.expected, await scrapeRecorded(node));

function write(path: string, text: string): void {
  writeFileSync(path, text);
  process.stdout.write(`${path}\n`);
}
