import { EXPORTER, maxBy } from './queries.ts';
import { stat } from './stat.ts';
import type { StatLayout } from './stat.ts';

/** Nodes whose exporter is down. A target that Prometheus no longer has is not down. */
function downNodes(selector: string): string {
  return `${maxBy('node', `up{${selector}}`)} == 0`;
}

/** Nodes that ran some of the selected pods in the time range, and whose exporter is down. */
export function downNodesOf(pods: string): string {
  return `${downNodes(EXPORTER)} and on (node) last_over_time(pod_info{${pods}}[$__range])`;
}

function exporters(down: string, all: string, layout: StatLayout = {}): ReturnType<typeof stat> {
  return stat({
    title: 'Exporters',
    description: 'Exporters that Prometheus cannot scrape. The pods of their nodes are in no panel.',
    unit: 'down',
    decimals: 0,
    expr: `count(${down}) or count(up{${all}}) * 0`,
    thresholds: [1, 1],
    zero: { text: 'All up', color: 'green' },
    noValue: 'No exporter is scraped',
    ...layout,
  });
}

/** Whether exporters of the selected nodes are down. */
export function exportersOfNodes(selector: string): ReturnType<typeof stat> {
  return exporters(downNodes(selector), selector);
}

/** Whether exporters of the nodes of the selected pods are down. */
export function exportersOfPods(pods: string, layout?: StatLayout): ReturnType<typeof stat> {
  return exporters(downNodesOf(pods), EXPORTER, layout);
}
