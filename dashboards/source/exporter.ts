import type { Page } from './dashboards.ts';
import { exporterHeader } from './exporter-header.ts';
import { graph } from './graph.ts';
import { SERIES } from './links.ts';
import { EXPORTER, rate, share, sumBy } from './queries.ts';

const CHOSEN = `${EXPORTER},node=~"$node"`;
const LEGEND = '{{node}}';

/** The exporter itself: completeness, freshness and cost. */
export const exporter: Page = {
  name: 'exporter',
  title: 'Exporter',
  description: 'Completeness and freshness of the metrics, and the cost of the exporter.',
  variables: ['node'],
  rows: [
    exporterHeader(CHOSEN),
    {
      title: 'Scrapes',
      panels: [
        graph({
          title: 'Scrape duration',
          description: 'Mean time from the start of a scrape until everything has been read.',
          unit: 's',
          links: [SERIES.node],
          queries: [
            {
              legend: LEGEND,
              expr: share(
                sumBy('node', rate(`pod_exporter_scrape_duration_seconds_sum{${CHOSEN}}`)),
                sumBy('node', rate(`pod_exporter_scrape_duration_seconds_count{${CHOSEN}}`)),
              ),
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
          stacked: true,
        }),
        graph({
          title: 'Series by collector',
          description: 'Number of series; Prometheus needs memory for each.',
          unit: 'short',
          queries: [{ legend: '{{collector}}', expr: sumBy('collector', `pod_exporter_series{${CHOSEN}}`) }],
          stacked: true,
        }),
        graph({
          title: 'Read errors',
          description: 'Kernel files that could not be read or parsed, by collector and error code.',
          unit: 'cps',
          noValue: 'No read error',
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
          unit: 'cps',
          noValue: 'No restart',
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
          links: [SERIES.node],
          queries: [
            {
              legend: LEGEND,
              expr: sumBy('node', rate(`process_cpu_seconds_total{${CHOSEN}}`)),
            },
          ],
        }),
        graph({
          title: 'Resident memory',
          description: 'Resident memory of each exporter, without the kernel memory of open directories.',
          unit: 'bytes',
          links: [SERIES.node],
          queries: [{ legend: LEGEND, expr: sumBy('node', `process_resident_memory_bytes{${CHOSEN}}`) }],
        }),
        graph({
          title: 'Event loop lag',
          description: 'Event loop lag, 99th percentile. It delays probes and concurrent scrapes.',
          unit: 's',
          links: [SERIES.node],
          queries: [{ legend: LEGEND, expr: `max by (node) (nodejs_eventloop_lag_p99_seconds{${CHOSEN}})` }],
        }),
        graph({
          title: 'Cached file descriptors',
          description: 'Directories of cgroups kept open between scrapes; each costs about 0.2 kB of kernel memory.',
          unit: 'short',
          links: [SERIES.node],
          queries: [{ legend: LEGEND, expr: sumBy('node', `pod_exporter_descriptors_cached{${CHOSEN}}`) }],
        }),
      ],
    },
  ],
};
