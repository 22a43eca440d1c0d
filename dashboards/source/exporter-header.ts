import type { Row } from './dashboards.ts';
import { bytes, count } from './columns.ts';
import { exportersOfNodes } from './exporters.ts';
import { ROW } from './links.ts';
import { maxBy, rate, share, sumBy } from './queries.ts';
import { stat } from './stat.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';

function columnsOf(selector: string): readonly Column[] {
  const of = (name: string): string => `${name}{${selector}}`;
  const duration = share(
    sumBy('node', rate(of('pod_exporter_scrape_duration_seconds_sum'))),
    sumBy('node', rate(of('pod_exporter_scrape_duration_seconds_count'))),
  );
  const sinceList = `time() - ${maxBy('node', of('pod_exporter_pods_last_list_timestamp_seconds'))}`;
  return [
    { name: 'State', unit: 'short', expr: maxBy('node', of('up')), states: UP },
    { name: 'Pod names', unit: 'short', expr: maxBy('node', of('pod_exporter_pods_synced')), states: SYNCED },
    { name: 'Last list', unit: 's', decimals: 0, thresholds: [1200, 1800], expr: sinceList },
    count('Pods', sumBy('node', of('pod_exporter_pods_indexed'))),
    count('Unmatched', sumBy('node', `pod_exporter_cgroups{${selector},kind="unmatched"}`), [5, 20]),
    count('Failed coll.', sumBy('node', `1 - ${of('pod_exporter_collector_success')}`), [1, 1]),
    count('Stuck mounts', sumBy('node', of('pod_exporter_stuck_mounts')), [1, 1]),
    { name: 'Scrape', unit: 's', decimals: 1, thresholds: [1, 5], expr: duration },
    { name: 'Series', unit: 'short', expr: sumBy('node', of('pod_exporter_series')) },
    bytes('Memory', sumBy('node', of('process_resident_memory_bytes'))),
  ];
}

const UP = [
  { text: 'Down', color: 'red' },
  { text: 'Up', color: 'transparent' },
] as const;

const SYNCED = [
  { text: 'not listed', color: 'red' },
  { text: 'listed', color: 'transparent' },
] as const;

function statsOf(selector: string): readonly ReturnType<typeof stat>[] {
  const of = (name: string): string => `${name}{${selector}}`;
  return [
    exportersOfNodes(selector),
    stat({
      title: 'Up',
      description: 'Exporters that Prometheus scrapes.',
      unit: 'short',
      expr: `sum(${of('up')})`,
    }),
    stat({
      title: 'Not synced',
      description: 'Exporters that have not completed their first list of pods.',
      unit: 'short',
      expr: `sum(1 - ${of('pod_exporter_pods_synced')})`,
      thresholds: [1, 1],
    }),
    ...freshness(of),
  ];
}

function freshness(of: (name: string) => string): readonly ReturnType<typeof stat>[] {
  return [
    stat({
      title: 'Oldest list',
      description:
        'Time since the oldest list of pods. With --pods=api the exporter lists all pods every 8 to 12 minutes.',
      unit: 's',
      decimals: 0,
      expr: `max(time() - ${of('pod_exporter_pods_last_list_timestamp_seconds')})`,
      thresholds: [1200, 1800],
      noValue: 'No list of pods',
    }),
    stat({
      title: 'Failed collectors',
      description: 'Collectors that failed, or that the deadline cut off, in the last scrape.',
      unit: 'short',
      expr: `sum(1 - ${of('pod_exporter_collector_success')})`,
      thresholds: [1, 1],
    }),
    stat({
      title: 'Series',
      description: 'Series of all nodes, without those about the exporters themselves.',
      unit: 'short',
      expr: `sum(${of('pod_exporter_series')})`,
    }),
  ];
}

/** Whether the exporters work, over all nodes and by node. */
export function exporterHeader(selector: string): Row {
  return {
    title: 'Now',
    panels: [
      ...statsOf(selector),
      table({
        title: 'Exporters',
        description:
          'State of each exporter. More than a few unmatched cgroups for more than a minute mean that pod names are stale.',
        keys: [{ label: 'node', name: 'Node', link: ROW.node, width: 180 }],
        columns: columnsOf(selector),
        sort: [{ name: 'State', ascending: true }, 'Failed coll.', 'Scrape'],
        noValue: 'No exporter is scraped',
      }),
    ],
  };
}
