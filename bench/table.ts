import type { Memory } from './memory.ts';
import type { Cost } from './scrape-cost.ts';
import type { ViewCost } from './view-cost.ts';

/** Result for one number of pods. */
export interface Run extends Cost, ViewCost, Memory {
  readonly pods: number;
}

type Column = readonly [title: string, cell: (run: Run, first: Run) => string];

const PODS: Column = ['pods', (run) => count(run.pods)];

/** Each table is the one of a document. */
const TABLES: readonly { readonly title: string; readonly columns: readonly Column[] }[] = [
  {
    title: 'Resource usage (README.md)',
    columns: [
      PODS,
      ['series', (run) => count(run.series)],
      ['response size', (run) => `${(run.bytes / 1e6).toFixed(2)} MB`],
      ['resident memory', (run) => `${run.rss_mb} MB`],
      ['kernel memory', (run) => `${run.descriptors_mb} MB`],
      ['scrape / raw reads', (run) => run.scrape_ratio.toFixed(2)],
      ['longest event loop stall', (run) => `${run.stall_ms.toFixed(1)} ms`],
    ],
  },
  {
    title: 'Scrape (docs/scale.md)',
    columns: [
      PODS,
      ['files read', (run) => count(run.files)],
      ['cached directories', (run) => count(run.directories)],
      ['CPU per pod, relative to the first row', (run, first) => (cpuPerPod(run) / cpuPerPod(first)).toFixed(2)],
      ['scrapes with gzip', (run) => count(run.scrapes)],
      ['resident, `--pods=api`', (run) => `${run.rss_early_mb} → ${run.rss_mb} MB`],
      ['resident, `--pods=file`', (run) => `${run.rss_file_early_mb} → ${run.rss_file_mb} MB`],
    ],
  },
  {
    title: 'CPU time relative to /metrics (docs/migrating.md)',
    columns: [
      PODS,
      ['`/metrics/cadvisor`', (run) => run.cadvisor_ratio.toFixed(2)],
      ['`/metrics/resource`', (run) => run.resource_ratio.toFixed(2)],
      ['`/stats/summary`', (run) => run.summary_ratio.toFixed(2)],
      ['second reading', (run) => run.second_reading_ratio.toFixed(2)],
    ],
  },
];

/** Prints the runs as Markdown tables. */
export function printTables(runs: readonly Run[]): void {
  const [first] = runs;
  if (first === undefined) return;
  for (const { title, columns } of TABLES) {
    process.stdout.write(`${title}\n\n`);
    printLine(columns.map(([name]) => name));
    printLine(columns.map(() => '---:'));
    for (const run of runs) printLine(columns.map(([, cell]) => cell(run, first)));
    process.stdout.write('\n');
  }
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function cpuPerPod(run: Run): number {
  return run.cpu_ms / run.pods;
}

function printLine(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
