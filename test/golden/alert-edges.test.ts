import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { testRules, whyNoPromtool } from '../support/promtool.ts';

const rules = readFileSync(join(import.meta.dirname, '../../deploy/rules/alerts.yaml'), 'utf8');

/** What must not be confused: samples of a minute each, by series without the job, in promtool's notation. */
interface Edge {
  readonly series: Readonly<Record<string, string>>;
  /** The alerts that fire at `minute`, by name, with those of their labels that tell them apart. */
  readonly firing: readonly (readonly [alert: string, labels: Readonly<Record<string, string>>])[];
  readonly minute: number;
}

const APP = 'namespace="shop",pod="web-0",container="app"';
const POD = 'namespace="shop",pod="web-0"';
const DATA = 'volume="data",persistentvolumeclaim="data-web-0"';
const OLD = 'node="node1",instance="10.0.0.7:9771"';
const NEW = 'node="node1",instance="10.0.0.8:9771"';
const ROOT = 'device="/dev/vda1",mountpoint="/",fstype="ext4"';

const EDGES: Readonly<Record<string, Edge>> = {
  'an exporter that restarts, whose counts begin with 0': {
    series: {
      [`container_terminated_oom_total{${OLD},${APP}}`]: '7x20 0x40',
      [`container_oom_kills_total{${OLD},${APP}}`]: '7x60',
    },
    firing: [],
    minute: 25,
  },
  'an exporter that is replaced by one with another address': {
    series: {
      [`container_terminated_oom_total{${OLD},${APP}}`]: '7x20',
      [`container_terminated_oom_total{${NEW},${APP}}`]: '_x21 0x40',
      [`container_oom_kills_total{${OLD},${APP}}`]: '7x20',
      [`container_oom_kills_total{${NEW},${APP}}`]: '_x21 7x40',
      [`up{${NEW}}`]: '_x21 1x40',
    },
    firing: [],
    minute: 25,
  },
  'a container that is replaced, whose kernel counters begin with 0': {
    series: {
      [`container_oom_kills_total{${OLD},${APP}}`]: '7x20 0x40',
      [`container_cpu_cfs_periods_total{${OLD},${APP}}`]: '0+600x20 0+600x40',
      [`container_cpu_cfs_throttled_periods_total{${OLD},${APP}}`]: '9000x20 0x40',
      [`container_cpu_cfs_throttled_seconds_total{${OLD},${APP}}`]: '9000x20 0x40',
    },
    firing: [],
    minute: 25,
  },
  'a pod that is replaced by one of the same name, whose counters begin with 0': {
    series: {
      [`pod_network_tcp_sent_segments_total{${OLD},${POD}}`]: '1000000+6000x20 0+6000x40',
      [`pod_network_tcp_retransmitted_segments_total{${OLD},${POD}}`]: '500000x20 0+6x40',
      [`pod_network_tcp_listen_overflows_total{${OLD},${POD}}`]: '900x20 0x40',
      [`pod_network_receive_errors_total{${OLD},${POD},interface="eth0"}`]: '900x20 0x40',
      [`pod_network_transmit_errors_total{${OLD},${POD},interface="eth0"}`]: '900x20 0x40',
      [`pod_pressure_memory_stalled_seconds_total{${OLD},${POD}}`]: '90000x20 0x40',
    },
    firing: [],
    minute: 40,
  },
  'two clusters with a pod of the same name: a kill in one is not explained by a termination in the other': {
    series: {
      [`container_terminated_oom_total{cluster="a",${OLD},${APP}}`]: '0x20 1x40',
      [`container_oom_kills_total{cluster="a",${OLD},${APP}}`]: '0x60',
      [`container_terminated_oom_total{cluster="b",${OLD},${APP}}`]: '0x60',
      [`container_oom_kills_total{cluster="b",${OLD},${APP}}`]: '0x20 1x40',
    },
    firing: [
      ['ContainerOomKilled', { cluster: 'a' }],
      ['ContainerProcessOomKilled', { cluster: 'b' }],
    ],
    minute: 25,
  },
  'two clusters with a pod of the same name: its container is near the limit in one of them only': {
    series: Object.fromEntries(
      ['a', 'b'].flatMap((cluster) => [
        [`pod_memory_rss{cluster="${cluster}",${OLD},${POD}}`, '95x60'],
        [`pod_memory_limit_bytes{cluster="${cluster}",${OLD},${POD}}`, '100x60'],
        [`pod_threads{cluster="${cluster}",${OLD},${POD}}`, '95x60'],
        [`pod_threads_max{cluster="${cluster}",${OLD},${POD}}`, '100x60'],
        [`container_memory_rss{cluster="${cluster}",${OLD},${APP}}`, cluster === 'a' ? '95x60' : '40x60'],
        [`container_memory_limit_bytes{cluster="${cluster}",${OLD},${APP}}`, '100x60'],
        [`container_threads{cluster="${cluster}",${OLD},${APP}}`, cluster === 'a' ? '95x60' : '40x60'],
        [`container_threads_max{cluster="${cluster}",${OLD},${APP}}`, '100x60'],
      ]),
    ),
    firing: [
      ['ContainerMemoryNearLimit', { cluster: 'a' }],
      ['PodMemoryNearLimit', { cluster: 'b' }],
      ['ContainerThreadsNearLimit', { cluster: 'a' }],
      ['PodThreadsNearLimit', { cluster: 'b' }],
    ],
    minute: 50,
  },
  'two clusters with a volume and a node of the same name, of which one has always been read-only': {
    series: Object.fromEntries(
      ['a', 'b'].flatMap((cluster) => {
        const values = cluster === 'a' ? '0x20 1x40' : '1x60';
        return [
          [`machine_filesystem_readonly{cluster="${cluster}",${OLD},${ROOT}}`, values],
          [`pod_volume_readonly{cluster="${cluster}",${OLD},${POD},${DATA}}`, values],
          [`pod_start_time_seconds{cluster="${cluster}",${OLD},${POD}}`, '1000x60'],
        ];
      }),
    ),
    firing: [
      ['MachineFilesystemReadOnly', { cluster: 'a' }],
      ['PodVolumeReadOnly', { cluster: 'a' }],
    ],
    minute: 50,
  },
  'an exporter that is replaced while a volume becomes read-only, with both of them there for a while': {
    series: {
      [`machine_filesystem_readonly{${OLD},${ROOT}}`]: '0x20',
      [`machine_filesystem_readonly{${NEW},${ROOT}}`]: '_x20 1x40',
      [`pod_volume_readonly{${OLD},${POD},${DATA}}`]: '0x22',
      [`pod_volume_readonly{${NEW},${POD},${DATA}}`]: '_x20 1x40',
      [`pod_start_time_seconds{${OLD},${POD}}`]: '1000x22',
      [`pod_start_time_seconds{${NEW},${POD}}`]: '_x20 1000x40',
    },
    firing: [
      ['MachineFilesystemReadOnly', { node: 'node1' }],
      ['PodVolumeReadOnly', { node: 'node1' }],
    ],
    minute: 50,
  },
};

describe('the alerts do not confuse', { skip: whyNoPromtool() }, () => {
  for (const [what, { series, firing, minute }] of Object.entries(EDGES)) {
    test(what, () => {
      const input_series = Object.entries({ 'up{instance="10.0.0.9:9771"}': '1x60', ...series }).map(
        ([name, values]) => ({ series: name.replace('{', '{job="pod-exporter",'), values }),
      );
      const distinct = (expr: string): string => `count by (alertname, cluster, node) (${expr})`;
      const promql_expr_test = [
        {
          expr: distinct('ALERTS{alertstate="firing"}'),
          eval_time: `${minute}m`,
          exp_samples: firing.map(([alertname, labels]) => {
            const all = { alertname, node: 'node1', ...labels };
            const text = Object.entries(all).map(([name, value]) => `${name}="${value}"`);
            return { labels: `{${text.join(',')}}`, value: 1 };
          }),
        },
      ];
      testRules([{ interval: '1m', input_series, promql_expr_test }], rules);
    });
  }
});
