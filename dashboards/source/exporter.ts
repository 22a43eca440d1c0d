import type { Page } from './dashboards.ts';
import { graph, stat } from './panels.ts';
import { CLUSTER, rate, sumBy } from './queries.ts';

const CHOSEN = `${CLUSTER},node=~"$node"`;
const LEGEND = '{{node}}';

/** The exporter itself: completeness, freshness and cost. */
export const exporter: Page = {
  name: 'exporter',
  title: 'Exporter',
  description: 'Completeness and freshness of the metrics, and the cost of the exporter.',
  variables: ['node'],
  rows: [
    {
      title: 'Now',
      panels: [
        stat({
          title: 'Exporters',
          description: 'Running exporters.',
          unit: 'short',
          expr: `count(pod_exporter_build_info{${CHOSEN}})`,
        }),
        stat({
          title: 'Not synced',
          description: 'Exporters that have not completed their first list of pods.',
          unit: 'short',
          expr: `count(pod_exporter_pods_synced{${CHOSEN}} == 0) or vector(0)`,
          thresholds: [1, 1],
        }),
        stat({
          title: 'Series',
          description: 'Series of all nodes, without those about the exporters themselves.',
          unit: 'short',
          expr: `sum(pod_exporter_series{${CHOSEN}})`,
        }),
        stat({
          title: 'Unmatched cgroups',
          description:
            'Cgroups without pod metadata. More than a few for more than a minute mean that pod metadata is stale.',
          unit: 'short',
          expr: `sum(pod_exporter_cgroups{${CHOSEN},kind="unmatched"})`,
          thresholds: [10, 50],
        }),
        stat({
          title: 'Oldest list of pods',
          description:
            'Time since the oldest list of pods. With --pods=api the exporter lists all pods every 8 to 12 minutes.',
          unit: 's',
          expr: `max(time() - pod_exporter_pods_last_list_timestamp_seconds{${CHOSEN}})`,
          thresholds: [1200, 1800],
        }),
        stat({
          title: 'Failed collectors',
          description: 'Collectors that failed, or that the deadline cut off, in the last scrape.',
          unit: 'short',
          expr: `sum(1 - pod_exporter_collector_success{${CHOSEN}})`,
          thresholds: [1, 1],
        }),
      ],
    },
    {
      title: 'Scrapes',
      panels: [
        graph({
          title: 'Scrape duration',
          description: 'Mean time from the start of a scrape until everything has been read.',
          unit: 's',
          queries: [
            {
              legend: LEGEND,
              expr: `${sumBy('node', rate(`pod_exporter_scrape_duration_seconds_sum{${CHOSEN}}`))} / ${sumBy('node', rate(`pod_exporter_scrape_duration_seconds_count{${CHOSEN}}`))}`,
            },
          ],
        }),
        graph({
          title: 'Collector duration',
          description: 'Mean over all nodes.',
          unit: 's',
          queries: [
            {
              legend: '{{collector}}',
              expr: `avg by (collector) (pod_exporter_collector_duration_seconds{${CHOSEN}})`,
            },
          ],
          stacked: {},
        }),
        graph({
          title: 'Series by collector',
          description: 'Number of series; Prometheus needs memory for each.',
          unit: 'short',
          queries: [{ legend: '{{collector}}', expr: sumBy('collector', `pod_exporter_series{${CHOSEN}}`) }],
          stacked: {},
        }),
        graph({
          title: 'Read errors',
          description: 'Kernel files that could not be read or parsed, by collector and error code.',
          unit: 'ops',
          queries: [
            {
              legend: '{{collector}} {{code}}',
              expr: sumBy('collector, code', rate(`pod_exporter_read_errors_total{${CHOSEN}}`)),
            },
          ],
        }),
      ],
    },
    {
      title: 'Pod metadata',
      panels: [
        graph({
          title: 'List and watch restarts',
          description: 'Restarts by reason; closed, periodic and requested are normal.',
          unit: 'ops',
          queries: [
            { legend: '{{reason}}', expr: sumBy('reason', rate(`pod_exporter_pods_restarts_total{${CHOSEN}}`)) },
          ],
        }),
        graph({
          title: 'Cgroups by kind',
          description: 'Cgroups found in the cgroup tree; unmatched cgroups have no pod metadata.',
          unit: 'short',
          queries: [{ legend: '{{kind}}', expr: sumBy('kind', `pod_exporter_cgroups{${CHOSEN}}`) }],
        }),
      ],
    },
    {
      title: 'Cost',
      panels: [
        graph({
          title: 'CPU',
          description: 'CPU usage of each exporter.',
          unit: 'cores',
          queries: [
            {
              legend: LEGEND,
              expr: sumBy('node', rate(`process_cpu_seconds_total{${CHOSEN},job=~".*pod-exporter.*"}`)),
            },
          ],
        }),
        graph({
          title: 'Resident memory',
          description: 'Resident memory of each exporter, without the kernel memory of cached file descriptors.',
          unit: 'bytes',
          queries: [
            { legend: LEGEND, expr: sumBy('node', `process_resident_memory_bytes{${CHOSEN},job=~".*pod-exporter.*"}`) },
          ],
        }),
        graph({
          title: 'Event loop lag',
          description: 'Event loop lag, 99th percentile. It delays probes and concurrent scrapes.',
          unit: 's',
          queries: [{ legend: LEGEND, expr: `max by (node) (nodejs_eventloop_lag_p99_seconds{${CHOSEN}})` }],
        }),
        graph({
          title: 'Cached file descriptors',
          description: 'Kernel files kept open between scrapes; each costs about 4.8 kB of kernel memory.',
          unit: 'short',
          queries: [{ legend: LEGEND, expr: sumBy('node', `pod_exporter_descriptors_cached{${CHOSEN}}`) }],
        }),
      ],
    },
  ],
};
