import type { Page } from './dashboards.ts';
import { graph, stat } from './panels.ts';
import { CLUSTER, rate, sumBy } from './queries.ts';

const CHOSEN = `${CLUSTER},node=~"$node"`;
const LEGEND = '{{node}}';

/** The exporter itself: is what the other pages say complete and fresh, and what does it cost. */
export const exporter: Page = {
  name: 'exporter',
  title: 'Exporter',
  description: 'Whether what the other pages show is complete and fresh, and what it costs.',
  variables: ['node'],
  rows: [
    {
      title: 'Now',
      panels: [
        stat({
          title: 'Exporters',
          description: 'Exporters that answer.',
          unit: 'short',
          expr: `count(pod_exporter_build_info{${CHOSEN}})`,
        }),
        stat({
          title: 'Without names',
          description: 'Exporters whose first list of pods is not in.',
          unit: 'short',
          expr: `count(pod_exporter_pods_synced{${CHOSEN}} == 0) or vector(0)`,
          thresholds: [1, 1],
        }),
        stat({
          title: 'Series',
          description: 'Series of all nodes, those about the exporters left out.',
          unit: 'short',
          expr: `sum(pod_exporter_series{${CHOSEN}})`,
        }),
        stat({
          title: 'Unmatched cgroups',
          description:
            'Cgroups whose pod is not known. More than a few for more than a minute mean that names are missing.',
          unit: 'short',
          expr: `sum(pod_exporter_cgroups{${CHOSEN},kind="unmatched"})`,
          thresholds: [10, 50],
        }),
        stat({
          title: 'Oldest list of pods',
          description: 'All pods are listed again every 8 to 12 minutes.',
          unit: 's',
          expr: `max(time() - pod_exporter_pods_last_list_timestamp_seconds{${CHOSEN}})`,
          thresholds: [1200, 1800],
        }),
        stat({
          title: 'Failed collectors',
          description: 'Collectors that failed or were cut by the deadline in the last scrape.',
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
          title: 'Duration of a scrape',
          description: 'Mean time from the beginning of a scrape until everything was read.',
          unit: 's',
          queries: [
            {
              legend: LEGEND,
              expr: `${sumBy('node', rate(`pod_exporter_scrape_duration_seconds_sum{${CHOSEN}}`))} / ${sumBy('node', rate(`pod_exporter_scrape_duration_seconds_count{${CHOSEN}}`))}`,
            },
          ],
        }),
        graph({
          title: 'Duration by collector',
          description: 'Mean over the nodes.',
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
          description: 'What the memory of Prometheus is spent on.',
          unit: 'short',
          queries: [{ legend: '{{collector}}', expr: sumBy('collector', `pod_exporter_series{${CHOSEN}}`) }],
          stacked: {},
        }),
        graph({
          title: 'Kernel files that could not be read',
          description: 'By collector and error code.',
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
      title: 'Names',
      panels: [
        graph({
          title: 'Restarts of the watch',
          description: 'By reason; closed, periodic and requested are in order.',
          unit: 'ops',
          queries: [
            { legend: '{{reason}}', expr: sumBy('reason', rate(`pod_exporter_pods_restarts_total{${CHOSEN}}`)) },
          ],
        }),
        graph({
          title: 'Cgroups by kind',
          description: 'What the walk of the cgroup tree found.',
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
          description: 'CPU that each exporter uses.',
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
          description: 'Memory of each exporter, kernel memory of kept descriptors left out.',
          unit: 'bytes',
          queries: [
            { legend: LEGEND, expr: sumBy('node', `process_resident_memory_bytes{${CHOSEN},job=~".*pod-exporter.*"}`) },
          ],
        }),
        graph({
          title: 'Event loop lag',
          description: 'How long others wait while something is being done; probes are among them.',
          unit: 's',
          queries: [{ legend: LEGEND, expr: `max by (node) (nodejs_eventloop_lag_p99_seconds{${CHOSEN}})` }],
        }),
        graph({
          title: 'Kept descriptors',
          description: 'Kernel files kept open between scrapes, about 4.8 kB of kernel memory each.',
          unit: 'short',
          queries: [{ legend: LEGEND, expr: sumBy('node', `pod_exporter_descriptors_cached{${CHOSEN}}`) }],
        }),
      ],
    },
  ],
};
