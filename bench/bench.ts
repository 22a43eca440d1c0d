import { parseArgs } from 'node:util';
import { whyNoStandIn } from '../test/support/requirements.ts';
import { measureMemory } from './memory.ts';
import { withManyPods } from './node.ts';
import { measureScrape } from './scrape-cost.ts';
import { printTables, type Run } from './table.ts';
import { measureViews } from './view-cost.ts';

/**
 * Measures the cost of a scrape on real cgroups and network namespaces that it creates. Absolute times depend on the
 * machine, so a scrape is compared with raw reads of the same files.
 */

/** Number of pods of three containers, and of scrapes before memory is measured. */
const SIZES = [
  { pods: 30, scrapes: 20 },
  { pods: 110, scrapes: 20 },
  { pods: 250, scrapes: 200 },
] as const;

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });

const missing = whyNoStandIn();
if (missing === undefined) {
  const runs = await measure();
  if (values.json) process.stdout.write(`${JSON.stringify({ runs })}\n`);
  else printTables(runs);
} else {
  process.stderr.write(`bench: ${missing}\n`);
  process.exitCode = 1;
}

async function measure(): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (const { pods, scrapes } of SIZES) {
    runs.push(
      await withManyPods(pods, async (node) => {
        const cost = await measureScrape(node);
        return { pods, ...cost, ...(await measureViews(node)), ...(await measureMemory(node, scrapes)) };
      }),
    );
  }
  return runs;
}
