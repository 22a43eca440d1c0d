import type { CpuUsage } from '../src/snapshot/cpu-usage.ts';
import { FileReader } from '../src/kernel/file-reader.ts';
import { loadNative } from '../src/kernel/native.ts';
import { collectors } from '../src/metrics/index.ts';
import { TimeSlice } from '../src/base/yielder.ts';
import type { Plan } from '../src/plan/plan.ts';
import { CadvisorView } from '../src/views/cadvisor/cadvisor.ts';
import type { SnapshotAnswer } from '../src/views/endpoint.ts';
import { MetricsView } from '../src/views/native/metrics.ts';
import { NativeView } from '../src/views/native/native.ts';
import { ResourceView } from '../src/views/resource/resource.ts';
import { SummaryView } from '../src/views/summary/summary.ts';
import { cpuMilliseconds, quantile, roundTo } from './statistics.ts';
import { openManyPods, type ManyPods } from './node.ts';

/** CPU time of collecting and encoding an endpoint, divided by that of `/metrics` in the same run; lower quartiles. */
export interface ViewCost {
  readonly cadvisor_ratio: number;
  readonly resource_ratio: number;
  readonly summary_ratio: number;
  /** The second reading alone, which usage needs if there was no earlier collection. */
  readonly second_reading_ratio: number;
}

type View = Pick<SnapshotAnswer, 'collectors' | 'write'>;

const WARM_UP_ROUNDS = 3;
const ROUNDS = 9;
const MAX_CACHED_DESCRIPTORS = 16_384;

const DISCARDING_OUTPUT = { send: () => Promise.resolve(), deadline: Number.POSITIVE_INFINITY };

/** Requests each view in turn, and compares them. */
export async function measureViews(many: ManyPods): Promise<ViewCost> {
  const reader = new FileReader({ maxCachedDescriptors: MAX_CACHED_DESCRIPTORS, ...loadNative() });
  const { node, close } = await openManyPods(many, reader);
  const { plan, scraper } = node;
  const views = viewsOf(plan);
  const answer = async (view: View): Promise<void> => {
    const builder = scraper.builder();
    const snapshot = await scraper.scrape(builder, view.collectors, { at: Number.POSITIVE_INFINITY });
    await view.write(snapshot, { ...DISCARDING_OUTPUT, yielder: new TimeSlice() });
    scraper.recycle(builder);
  };
  try {
    const costs = views.map((): number[] => []);
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
      for (const [index, view] of views.entries()) {
        const cost = await cpuMilliseconds(() => answer(view));
        if (round >= 0) costs[index]?.push(cost);
      }
    }
    const [metrics = 0, ...others] = costs.map((cost) => quantile(cost, 0.25));
    const [ofCadvisor = 0, ofResource = 0, ofSummary = 0, ofSecond = 0] = others.map((cost) =>
      roundTo(cost / metrics, 2),
    );
    return {
      cadvisor_ratio: ofCadvisor,
      resource_ratio: ofResource,
      summary_ratio: ofSummary,
      second_reading_ratio: ofSecond,
    };
  } finally {
    await close();
  }
}

/** `/metrics` first, then what is compared with it. */
function viewsOf(plan: Plan): readonly View[] {
  const enabled = new Set(collectors.filter((collector) => collector.enabled).map(({ name }) => name));
  const compat = { zeros: false, kubeletMinor: 37, pauseImage: 'pause', hostNetwork: false };
  return [
    new MetricsView(new NativeView(plan), () => Promise.resolve([])).answer(enabled, 'text'),
    new CadvisorView({ plan, compat, version: 'bench' }).answer({ timestamps: false }),
    new ResourceView(),
    new SummaryView({ cpuUsage: noUsage }).answer({ onlyCpuAndMemory: false }),
    { collectors: new Set(['cpu', 'node-cpu']), write: () => Promise.resolve() },
  ];
}

function noUsage(): Promise<CpuUsage> {
  return Promise.resolve(new Map());
}
