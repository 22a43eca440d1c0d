import type { Memory } from './memory.ts';
import type { Cost } from './scrape-cost.ts';
import type { ViewCost } from './view-cost.ts';

/** One line of the result. */
export interface Run extends Cost, ViewCost, Memory {
  readonly pods: number;
}

const COLUMNS: readonly (readonly [string, (run: Run, first: Run) => string])[] = [
  ['pods', (run) => `${run.pods}`],
  ['series', (run) => `${run.series}`],
  ['text, MB', (run) => (run.bytes / 1e6).toFixed(2)],
  ['files read', (run) => `${run.files}`],
  ['by kept descriptor', (run) => `${run.kept}`],
  ['scrape / bare reads', (run) => run.scrape_ratio.toFixed(2)],
  ['CPU per pod / at 30 pods', (run, first) => (cpuPerPod(run) / cpuPerPod(first)).toFixed(2)],
  ['longest stall, ms', (run) => run.stall_ms.toFixed(1)],
  ['/metrics/cadvisor / /metrics', (run) => run.cadvisor_ratio.toFixed(2)],
  ['/metrics/resource / /metrics', (run) => run.resource_ratio.toFixed(2)],
  ['/stats/summary / /metrics', (run) => run.summary_ratio.toFixed(2)],
  ['second reading / /metrics', (run) => run.second_reading_ratio.toFixed(2)],
  ['scrapes with gzip', (run) => `${run.scrapes}`],
  ['resident, MB (api)', (run) => `${run.rss_early_mb} → ${run.rss_mb}`],
  ['resident, MB (file)', (run) => `${run.rss_file_early_mb} → ${run.rss_file_mb}`],
  ['descriptors, MB of kernel memory', (run) => `${run.descriptors_mb}`],
];

/** Prints the runs as a Markdown table, with the ratios that can be held against each other. */
export function printTable(runs: readonly Run[]): void {
  const [first] = runs;
  if (first === undefined) return;
  printLine(COLUMNS.map(([name]) => name));
  printLine(COLUMNS.map(() => '---'));
  for (const run of runs) printLine(COLUMNS.map(([, cell]) => cell(run, first)));
}

function cpuPerPod(run: Run): number {
  return run.cpu_ms / run.pods;
}

function printLine(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
