import { TimeSlice } from '../base/yielder.ts';
import type { CpuUsages } from '../collect/cpu-usage.ts';
import type { CadvisorView } from '../views/cadvisor/cadvisor.ts';
import type { ResourceView } from '../views/resource/resource.ts';
import type { SummaryView } from '../views/summary/summary.ts';
import type { VolumeStatsView } from '../views/volume-stats/volume-stats.ts';
import type { SnapshotAnswer } from './scrape-handler.ts';

/** What the endpoints that stand in for the kubelet's are made with. */
export interface KubeletParts {
  readonly cadvisor: CadvisorView;
  readonly resource: ResourceView;
  readonly volumeStats: VolumeStatsView;
  readonly summary: SummaryView;
  readonly cpuUsages: CpuUsages;
}

/** What `/metrics/cadvisor` answers; with explicit timestamps if the query has `timestamps=1`. */
export function cadvisorAnswer({ cadvisor }: KubeletParts, query: URLSearchParams): SnapshotAnswer {
  const { wanted, contentType } = cadvisor;
  const timestamps = query.get('timestamps') === '1';
  return {
    wanted,
    contentType,
    write: (snapshot, output) => cadvisor.write(snapshot, { timestamps }, output, new TimeSlice()),
  };
}

/** What `/metrics/kubelet` answers: of the kubelet's own metrics those about volumes. */
export function volumeStatsAnswer({ volumeStats }: KubeletParts): SnapshotAnswer {
  const { wanted, contentType } = volumeStats;
  return { wanted, contentType, write: (snapshot, output) => volumeStats.write(snapshot, output, new TimeSlice()) };
}

/** What `/metrics/resource` answers; to whatever the request accepts, as metrics-server accepts nothing else. */
export function resourceAnswer({ resource }: KubeletParts): SnapshotAnswer {
  const { wanted, contentType } = resource;
  return { wanted, contentType, write: (snapshot, output) => resource.write(snapshot, output, new TimeSlice()) };
}

/** What `/stats/summary` answers; the query may ask for CPU and memory only, in the kubelet's words. */
export function summaryAnswer({ summary, cpuUsages }: KubeletParts, query: URLSearchParams): SnapshotAnswer {
  const asked = query.getAll('only_cpu_and_memory');
  const onlyCpuAndMemory = asked.length === 1 && asked[0] === 'true';
  return {
    wanted: summary.wanted({ onlyCpuAndMemory }),
    contentType: summary.contentType,
    write: async (snapshot, output, deadline) => {
      const usage = await cpuUsages.of(snapshot, deadline);
      await summary.write(snapshot, { onlyCpuAndMemory, usage }, output, new TimeSlice());
    },
  };
}
