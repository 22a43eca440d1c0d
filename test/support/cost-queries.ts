/** What OpenCost reads of cAdvisor and the kubelet, by the endpoints that have it here. */
export interface CostQuery {
  readonly purpose: string;
  readonly series: string;
  /** The aggregation whose result OpenCost reads, over `series`. */
  readonly query: (series: string) => string;
  readonly endpoints: readonly string[];
}

const CONTAINER = 'container!="",container!="POD"';
const BY_CONTAINER = 'container, pod, namespace, instance';
const BY_POD = 'pod, namespace';
const BY_DEVICE = 'instance, device';
const USAGE = ['/metrics', '/metrics/cadvisor', '/metrics/resource'];

export const COST_QUERIES: readonly CostQuery[] = [
  {
    purpose: 'CPU usage, mean',
    series: `container_cpu_usage_seconds_total{${CONTAINER}}`,
    query: (series) => `avg by (${BY_CONTAINER}) (rate(${series}[5m]))`,
    endpoints: USAGE,
  },
  {
    purpose: 'CPU usage, maximum',
    series: `container_cpu_usage_seconds_total{${CONTAINER}}`,
    query: (series) => `max by (${BY_CONTAINER}) (max_over_time(irate(${series}[1m])[5m:5s]))`,
    endpoints: USAGE,
  },
  {
    purpose: 'memory usage, mean',
    series: `container_memory_working_set_bytes{${CONTAINER}}`,
    query: (series) => `avg by (${BY_CONTAINER}) (avg_over_time(${series}[5m]))`,
    endpoints: USAGE,
  },
  {
    purpose: 'memory usage, maximum',
    series: `container_memory_working_set_bytes{${CONTAINER}}`,
    query: (series) => `max by (${BY_CONTAINER}) (max_over_time(${series}[5m]))`,
    endpoints: USAGE,
  },
  {
    purpose: 'bytes received',
    series: 'container_network_receive_bytes_total{pod!=""}',
    query: (series) => `sum by (${BY_POD}) (increase(${series}[5m]))`,
    endpoints: ['/metrics/cadvisor'],
  },
  {
    purpose: 'bytes sent',
    series: 'container_network_transmit_bytes_total{pod!=""}',
    query: (series) => `sum by (${BY_POD}) (increase(${series}[5m]))`,
    endpoints: ['/metrics/cadvisor'],
  },
  {
    purpose: 'size of local disks',
    series: 'container_fs_limit_bytes{id="/"}',
    query: (series) => `sum by (${BY_DEVICE}) (${series})`,
    endpoints: ['/metrics/cadvisor'],
  },
  {
    purpose: 'used space of local disks',
    series: 'container_fs_usage_bytes{id="/"}',
    query: (series) => `sum by (${BY_DEVICE}) (${series})`,
    endpoints: ['/metrics/cadvisor'],
  },
];
