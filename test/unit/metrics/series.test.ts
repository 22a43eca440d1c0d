import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { collectors } from '../../../src/metrics/index.ts';
import { compilePlan } from '../../../src/plan/compile-plan.ts';

type Version = 'v1' | 'v2';

interface Expected {
  readonly type?: 'gauge';
  /** Levels on both versions, or by version; nothing for a version that has none. */
  readonly levels: string | Readonly<Partial<Record<Version, string>>>;
  readonly by?: string;
}

/** c, p, g as in the list of series; a counter unless said otherwise. */
const CGROUP: Readonly<Record<string, Readonly<Record<string, Expected>>>> = {
  cpu: {
    cpu_usage_seconds_total: { levels: 'cpg' },
    cpu_user_seconds_total: { levels: 'cp' },
    cpu_system_seconds_total: { levels: 'cp' },
    cpu_nice_seconds_total: { levels: { v2: 'cp' } },
    cpu_cfs_periods_total: { levels: 'cp' },
    cpu_cfs_throttled_periods_total: { levels: 'cp' },
    cpu_cfs_throttled_seconds_total: { levels: 'cp' },
    cpu_cfs_burst_periods_total: { levels: 'cp' },
    cpu_cfs_burst_seconds_total: { levels: 'cp' },
    cpu_cfs_burst_limit_seconds: { type: 'gauge', levels: 'cp' },
    cpu_limit_cores: { type: 'gauge', levels: 'cp' },
    cpu_shares: { type: 'gauge', levels: { v1: 'cp' } },
    cpu_weight: { type: 'gauge', levels: { v2: 'cp' } },
  },
  memory: {
    memory_usage_bytes: { type: 'gauge', levels: 'cpg' },
    memory_working_set_bytes: { type: 'gauge', levels: 'cpg' },
    memory_rss: { type: 'gauge', levels: 'cpg' },
    memory_cache: { type: 'gauge', levels: 'cp' },
    memory_mapped_file: { type: 'gauge', levels: 'cp' },
    memory_total_active_file_bytes: { type: 'gauge', levels: 'cp' },
    memory_total_inactive_file_bytes: { type: 'gauge', levels: 'cp' },
    memory_file_dirty_bytes: { type: 'gauge', levels: 'cp' },
    memory_file_writeback_bytes: { type: 'gauge', levels: 'cp' },
    memory_shmem_bytes: { type: 'gauge', levels: 'cp' },
    memory_kernel_bytes: { type: 'gauge', levels: 'cp' },
    memory_slab_reclaimable_bytes: { type: 'gauge', levels: { v2: 'cp' } },
    memory_slab_unreclaimable_bytes: { type: 'gauge', levels: { v2: 'cp' } },
    memory_sock_bytes: { type: 'gauge', levels: { v2: 'cp' } },
    memory_swap: { type: 'gauge', levels: 'cp' },
    memory_max_usage_bytes: { type: 'gauge', levels: 'cp' },
    memory_limit_bytes: { type: 'gauge', levels: 'cp' },
    memory_high_bytes: { type: 'gauge', levels: { v2: 'cp' } },
    memory_low_bytes: { type: 'gauge', levels: { v2: 'cp' } },
    memory_min_bytes: { type: 'gauge', levels: { v2: 'cp' } },
    memory_swap_limit_bytes: { type: 'gauge', levels: 'cp' },
    memory_page_faults_total: { levels: 'cp' },
    memory_major_page_faults_total: { levels: 'cp' },
    memory_refaults_total: { levels: { v2: 'cp' }, by: 'type' },
    memory_pgscan_total: { levels: { v2: 'cp' } },
    memory_pgsteal_total: { levels: { v2: 'cp' } },
    memory_limit_hits_total: { levels: { v1: 'c', v2: 'cp' } },
    memory_events_total: { levels: { v2: 'cp' }, by: 'event' },
    oom_kills_total: { levels: { v1: 'c', v2: 'cp' } },
    oom_group_kills_total: { levels: { v2: 'cp' } },
  },
  'memory-events-local': { memory_events_local_total: { levels: { v2: 'cp' }, by: 'event' } },
  zswap: {
    memory_zswap_bytes: { type: 'gauge', levels: { v2: 'cp' } },
    memory_zswapped_bytes: { type: 'gauge', levels: { v2: 'cp' } },
    memory_zswap_in_pages_total: { levels: { v2: 'cp' } },
    memory_zswap_out_pages_total: { levels: { v2: 'cp' } },
  },
  io: {
    fs_reads_bytes_total: { levels: 'cp', by: 'device' },
    fs_writes_bytes_total: { levels: 'cp', by: 'device' },
    fs_reads_total: { levels: 'cp', by: 'device' },
    fs_writes_total: { levels: 'cp', by: 'device' },
    fs_discards_bytes_total: { levels: 'cp', by: 'device' },
  },
  pids: {
    processes: { type: 'gauge', levels: 'c' },
    threads: { type: 'gauge', levels: 'cp' },
    threads_max: { type: 'gauge', levels: 'cp' },
    threads_peak: { type: 'gauge', levels: 'cp' },
    threads_limit_hits_total: { levels: 'cp' },
  },
  pressure: {
    pressure_cpu_waiting_seconds_total: { levels: 'cpg' },
    pressure_cpu_stalled_seconds_total: { levels: 'cpg' },
    pressure_memory_waiting_seconds_total: { levels: 'cpg' },
    pressure_memory_stalled_seconds_total: { levels: 'cpg' },
    pressure_io_waiting_seconds_total: { levels: 'cpg' },
    pressure_io_stalled_seconds_total: { levels: 'cpg' },
  },
  'pressure-irq': { pressure_irq_stalled_seconds_total: { levels: 'cpg' } },
  misc: {
    misc_usage: { type: 'gauge', levels: 'cp', by: 'resource' },
    misc_limit: { type: 'gauge', levels: 'cp', by: 'resource' },
    misc_limit_hits_total: { levels: 'cp', by: 'resource' },
  },
  rdma: {
    rdma_hca_handles: { type: 'gauge', levels: 'cp', by: 'device' },
    rdma_hca_objects: { type: 'gauge', levels: 'cp', by: 'device' },
  },
  dmem: { dmem_usage_bytes: { type: 'gauge', levels: 'cp', by: 'region' } },
  hugetlb: {
    hugetlb_usage_bytes: { type: 'gauge', levels: 'cp', by: 'pagesize' },
    hugetlb_limit_bytes: { type: 'gauge', levels: 'cp', by: 'pagesize' },
  },
};

const UDP = [
  'received_datagrams',
  'sent_datagrams',
  'no_ports',
  'receive_errors',
  'receive_buffer_errors',
  'send_buffer_errors',
];
const TCP = [
  'active_opens',
  'passive_opens',
  'attempt_fails',
  'established_resets',
  'retransmitted_segments',
  'received_segments',
  'sent_segments',
  'receive_errors',
  'sent_resets',
  'listen_overflows',
  'listen_drops',
  'syn_retransmits',
  'timeouts',
  'backlog_drops',
  'receive_queue_drops',
  'memory_pressures',
];
const TRAFFIC = ['receive', 'transmit'].flatMap((way) =>
  ['bytes', 'packets', 'errors', 'packets_dropped'].map((what) => `${way}_${what}`),
);

/** Families of a pod's network namespace by collector: `name`, or `name{label,label}`. */
const NETWORK: Readonly<Record<string, readonly string[]>> = {
  network: [
    ...TRAFFIC.map((name) => `pod_network_${name}_total{interface}`),
    'pod_network_tcp_connections',
    ...TCP.map((name) => `pod_network_tcp_${name}_total`),
    'pod_network_tcp_aborts_total{reason}',
    ...UDP.map((name) => `pod_network_udp_${name}_total{family}`),
  ],
  sockets: ['pod_network_sockets{protocol,state}'],
  'tcp-states': ['pod_network_tcp_states{state}'],
};

const FACTS: Readonly<Record<string, readonly string[]>> = {
  info: [
    'pod_info{uid,node,qos_class,host_network,workload_kind,workload,runtime_class,priority_class,host_ip,pod_ip}',
    'container_info{container_id,image,image_id,type}',
    'pod_labels{label_<name>}',
    'pod_annotations{annotation_<name>}',
  ],
  state: [
    'pod_start_time_seconds',
    'container_start_time_seconds',
    'container_restarts_total',
    'container_terminated_oom_total',
    'container_resource_requests{resource,unit}',
    'container_resource_limits{resource,unit}',
  ],
};

/** What is no cgroup, by collector. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  machine: [
    'machine_cpu_cores',
    'machine_memory_bytes',
    'machine_swap_bytes',
    'machine_info{kernel_version,os_image,boot_id}',
  ],
  disk: [
    'machine_disk_io_now{device}',
    ...[
      'reads_completed',
      'writes_completed',
      'read_bytes',
      'written_bytes',
      'read_time_seconds',
      'write_time_seconds',
      'io_time_seconds',
      'io_time_weighted_seconds',
    ].map((name) => `machine_disk_${name}_total{device}`),
  ],
  filesystem: ['size_bytes', 'free_bytes', 'avail_bytes', 'files', 'files_free', 'readonly', 'device_error'].map(
    (name) => `machine_filesystem_${name}{device,mountpoint,fstype}`,
  ),
  volumes: [
    ...['capacity_bytes', 'available_bytes', 'used_bytes', 'inodes', 'inodes_free', 'inodes_used', 'stuck'].map(
      (name) => `pod_volume_${name}{namespace,pod,volume,persistentvolumeclaim}`,
    ),
    'pod_volume_info{namespace,pod,volume,persistentvolumeclaim,type,device,fstype,storage}',
  ],
};

const OFF = [
  'hugetlb',
  'conntrack',
  'tcp-states',
  'ephemeral-storage',
  'memory-events-local',
  'zswap',
  'pressure-irq',
  'misc',
  'rdma',
  'dmem',
];

const LEVELS: Readonly<Record<string, string>> = { c: 'container', p: 'pod', g: 'cgroup' };

function signature(name: string, type: string, by: readonly string[]): string {
  return `${type} ${name}${by.length === 0 ? '' : `{${by.join(',')}}`}`;
}

/** What a collector of the list exports on a version. */
function expectedOf(collector: string, version: Version): string[] {
  return Object.entries(CGROUP[collector] ?? {}).flatMap(([suffix, { type = 'counter', levels, by }]) => {
    const here = typeof levels === 'string' ? levels : (levels[version] ?? '');
    return here.split('').map((level) => signature(`${LEVELS[level]}_${suffix}`, type, by === undefined ? [] : [by]));
  });
}

describe('series of cgroups', () => {
  for (const version of ['v1', 'v2'] as const) {
    const { families } = compilePlan(collectors, { version, pageSizes: ['2MB'] });
    for (const collector of Object.keys(CGROUP)) {
      test(`${collector} on ${version}`, () => {
        const found = families.filter((family) => family.collector === collector);
        assert.deepEqual(
          found.map(({ name, type, by = [] }) => signature(name, type, by)).toSorted(),
          expectedOf(collector, version).toSorted(),
        );
      });
    }
  }
});

test('series of what is measured between scrapes', () => {
  const rows = collectors.flatMap(({ usage = [] }) => usage);
  assert.deepEqual(
    rows.map(({ name, type, by = [], types }) => `${signature(name, type, by)} ${types.join()}`),
    [
      'gauge container_ephemeral_storage_bytes{type} writable_layer,logs',
      'gauge container_ephemeral_storage_timestamp_seconds{type} writable_layer,logs',
      'gauge pod_ephemeral_storage_bytes{type} empty_dir',
      'gauge pod_ephemeral_storage_timestamp_seconds{type} empty_dir',
    ],
  );
});

describe('series of network namespaces', () => {
  for (const [name, expected] of Object.entries(NETWORK)) {
    test(name, () => {
      const network = collectors.find((collector) => collector.name === name)?.network ?? [];
      const found = network.map((row) => signature(row.name, row.type, row.by ?? []));
      const typed = expected.map((family) => `${/_total(?:\{|$)/.test(family) ? 'counter' : 'gauge'} ${family}`);
      assert.deepEqual(found.toSorted(), typed.toSorted());
    });
  }

  test('conntrack', () => {
    const network = collectors.find(({ name }) => name === 'conntrack')?.network ?? [];
    assert.ok(network.length > 0);
    for (const { name } of network) assert.match(name, /^pod_network_conntrack_/);
  });

  test('sockets are those of the list', () => {
    const [row] = collectors.find(({ name }) => name === 'sockets')?.network ?? [];
    const labels = ((row?.source ?? []) as readonly { labels: readonly string[] }[]).map(
      ({ labels: [protocol, state] }) => `${protocol} ${state}`,
    );
    assert.deepEqual(labels.toSorted(), [
      'frag inuse',
      'raw inuse',
      'tcp allocated',
      'tcp inuse',
      'tcp orphan',
      'tcp timewait',
      'udp inuse',
      'udplite inuse',
    ]);
  });
});

describe('series of what Kubernetes says', () => {
  for (const [name, expected] of Object.entries(FACTS)) {
    test(name, () => {
      const facts = collectors.find((collector) => collector.name === name)?.facts ?? [];
      const found = facts.map((row) => signature(row.name, '', row.by ?? []).trim());
      assert.deepEqual(found.toSorted(), expected.toSorted());
    });
  }
});

describe('series of the node and of volumes', () => {
  for (const [name, expected] of Object.entries(TABLES)) {
    test(name, () => {
      const tables = collectors.find((collector) => collector.name === name)?.tables ?? [];
      const found = tables.map((row) => signature(row.name, row.type, row.by ?? []));
      const typed = expected.map((family) => `${/_total(?:\{|$)/.test(family) ? 'counter' : 'gauge'} ${family}`);
      assert.deepEqual(found.toSorted(), typed.toSorted());
    });
  }
});

describe('collectors', () => {
  test('are all on, but those that the list has off', () => {
    assert.deepEqual(
      collectors
        .filter(({ enabled }) => !enabled)
        .map(({ name }) => name)
        .toSorted(),
      OFF.toSorted(),
    );
  });

  test('are those of the list', () => {
    const names = collectors.map(({ name }) => name);
    assert.deepEqual(
      names.toSorted(),
      [
        ...Object.keys(CGROUP),
        ...Object.keys(NETWORK),
        ...Object.keys(FACTS),
        ...Object.keys(TABLES),
        'conntrack',
        'ephemeral-storage',
      ].toSorted(),
    );
  });

  test('of the root cgroup are cpu and those of pressure', () => {
    assert.deepEqual(
      collectors.filter(({ root }) => root === true).map(({ name }) => name),
      ['cpu', 'pressure', 'pressure-irq'],
    );
  });
});
