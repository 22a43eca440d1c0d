import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { whyNoStandIn } from '../test/support/requirements.ts';
import { measureMemory } from './memory.ts';
import { withManyPods } from './node.ts';
import { measureScrape } from './scrape-cost.ts';
import { printTables, type Run } from './table.ts';
import { measureViews } from './view-cost.ts';
import { measureWatch, watchTable, type WatchCost } from './watch-cost.ts';
import { bundleOther, comparisonTable, compareBuilds, type Comparison } from './against.ts';

/**
 * Measures the cost of a scrape on real cgroups and network namespaces that it creates. Absolute times depend on the
 * machine, so a scrape is compared with raw reads of the same files.
 *
 *     npm run bench
 *     npm run bench -- --against=DIR    beside the build of the checkout DIR, for instance of an earlier commit
 */

/** Number of pods of three containers, and of scrapes before memory is measured. */
const SIZES = [
  { pods: 30, scrapes: 20 },
  { pods: 110, scrapes: 20 },
  { pods: 250, scrapes: 200 },
] as const;

/** Pods of the node that is watched. */
const WATCHED_PODS = 250;

/** Pods of the node on which two builds are compared. */
const COMPARED_PODS = 250;

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, against: { type: 'string' } } });

const missing = whyNoStandIn();
if (missing !== undefined) {
  process.stderr.write(`bench: ${missing}\n`);
  process.exitCode = 1;
} else if (values.against === undefined) {
  const { runs, watch } = await measure();
  if (values.json) process.stdout.write(`${JSON.stringify({ runs, watch })}\n`);
  else {
    printTables(runs);
    if (watch !== undefined) process.stdout.write(watchTable(watch));
  }
} else {
  const comparisons = await compareWith(resolve(values.against));
  process.stdout.write(values.json ? `${JSON.stringify({ comparisons })}\n` : comparisonTable(comparisons));
}

async function measure(): Promise<{ readonly runs: readonly Run[]; readonly watch: WatchCost | undefined }> {
  const runs: Run[] = [];
  let watch: WatchCost | undefined;
  for (const { pods, scrapes } of SIZES) {
    runs.push(
      await withManyPods(pods, async (node) => {
        const cost = await measureScrape(node);
        if (pods === WATCHED_PODS) watch = await measureWatch(node, pods);
        return { pods, ...cost, ...(await measureViews(node)), ...(await measureMemory(node, scrapes)) };
      }),
    );
  }
  return { runs, watch };
}

function compareWith(directory: string): Promise<readonly Comparison[]> {
  return withManyPods(COMPARED_PODS, async (node) => {
    const other = await bundleOther(directory, node.directory);
    const comparisons: Comparison[] = [];
    for (const source of ['file', 'api'] as const) {
      comparisons.push(await compareBuilds(node, other, { pods: COMPARED_PODS, source }));
    }
    return comparisons;
  });
}
