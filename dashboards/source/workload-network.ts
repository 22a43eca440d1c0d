import type { Row } from './dashboards.ts';
import { graph } from './graph.ts';
import { rate, share, sumBy } from './queries.ts';
import { CHOSEN, LEGEND, LINKS, POD, ratesByPod } from './workload-members.ts';

/** Network and disk of the pods of a workload. */
export const networkAndDisk: Row = {
  title: 'Network and disk',
  panels: [
    ...(['receive', 'transmit'] as const).map((direction) =>
      graph({
        title: direction === 'receive' ? 'Received by pod' : 'Sent by pod',
        description: `Bytes ${direction === 'receive' ? 'received' : 'sent'} by each pod.`,
        unit: 'binBps',
        queries: [{ legend: LEGEND, expr: ratesByPod(`pod_network_${direction}_bytes_total`) }],
        links: LINKS,
        noValue: 'Pods with hostNetwork have no network series',
      }),
    ),
    graph({
      title: 'Retransmitted segments',
      description: 'Share of the sent TCP segments that were retransmitted. Users notice 1 % and more.',
      unit: 'percentunit',
      queries: [
        {
          legend: LEGEND,
          expr: share(
            ratesByPod('pod_network_tcp_retransmitted_segments_total'),
            sumBy(POD, rate(`pod_network_tcp_sent_segments_total{${CHOSEN}}`)),
          ),
        },
      ],
      links: LINKS,
      thresholds: [0.01, 0.05],
      noValue: 'No TCP segment was sent',
    }),
    graph({
      title: 'Disk by pod',
      description: 'Bytes read and written by each pod, on all devices.',
      unit: 'binBps',
      queries: [
        { legend: '{{pod}} read', expr: ratesByPod('pod_fs_reads_bytes_total') },
        { legend: '{{pod}} written', expr: ratesByPod('pod_fs_writes_bytes_total') },
      ],
      links: LINKS,
      noValue: 'No I/O on block devices',
    }),
  ],
};
