import { PagePool } from '../src/exposition/page-pool.ts';
import { ExpositionWriter } from '../src/exposition/writer.ts';
import { FileReader } from '../src/kernel/file-reader.ts';
import { collectors } from '../src/metrics/index.ts';
import { TimeSlice } from '../src/base/yielder.ts';
import type { Plan } from '../src/plan/plan.ts';
import type { Snapshot } from '../src/snapshot/snapshot.ts';
import { CadvisorView } from '../src/views/cadvisor/cadvisor.ts';
import { NativeView } from '../src/views/native/native.ts';
import { ResourceView } from '../src/views/resource/resource.ts';
import { SummaryView } from '../src/views/summary/summary.ts';
import { cpuMilliseconds, quantile, rounded } from './figures.ts';
import { openManyPods, type ManyPods } from './node.ts';

/** CPU time of collecting and encoding an endpoint, divided by that of `/metrics` in the same run; lower quartiles. */
export interface ViewCost {
  readonly cadvisor_ratio: number;
  readonly resource_ratio: number;
  readonly summary_ratio: number;
  /** The second reading alone, which usage needs if there was no earlier collection. */
  readonly second_reading_ratio: number;
}

interface View {
  readonly wanted: ReadonlySet<string>;
  readonly write: (snapshot: Snapshot) => Promise<unknown>;
}

const WARM_UP = 3;
const ROUNDS = 9;
const DESCRIPTORS = 4096;

const NOWHERE = { send: () => Promise.resolve() };

/** Requests each view in turn, and compares them. */
export async function measureViews(many: ManyPods): Promise<ViewCost> {
  const { node, close } = await openManyPods(many, new FileReader({ maxCachedDescriptors: DESCRIPTORS }));
  const { plan, scraper } = node;
  const views = viewsOf(plan);
  const answer = async ({ wanted, write }: View): Promise<void> => {
    const builder = scraper.builder();
    const snapshot = await scraper.scrape(builder, wanted, { at: Number.POSITIVE_INFINITY });
    await write(snapshot);
    scraper.recycle(builder);
  };
  try {
    const costs = views.map((): number[] => []);
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      for (const [index, view] of views.entries()) {
        const cost = await cpuMilliseconds(() => answer(view));
        if (round >= 0) costs[index]?.push(cost);
      }
    }
    const [metrics = 0, ...others] = costs.map((cost) => quantile(cost, 0.25));
    const [ofCadvisor = 0, ofResource = 0, ofSummary = 0, ofSecond = 0] = others.map((cost) =>
      rounded(cost / metrics, 2),
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

/** `/metrics` first, then the views that are compared with it. */
function viewsOf(plan: Plan): readonly View[] {
  const cadvisor = new CadvisorView(plan, { zeros: false, pauseImage: 'pause', hostNetwork: false, version: 'bench' });
  const resource = new ResourceView();
  const summary = new SummaryView();
  const native = new NativeView(plan);
  const pages = new PagePool();
  const request = { onlyCpuAndMemory: false, usage: new Map() };
  const enabled = new Set(collectors.filter((collector) => collector.enabled).map(({ name }) => name));
  return [
    { wanted: enabled, write: (snapshot) => writeNative(native, snapshot, enabled, pages) },
    {
      wanted: cadvisor.wanted,
      write: (snapshot) => cadvisor.write(snapshot, { timestamps: false }, NOWHERE, new TimeSlice()),
    },
    { wanted: resource.wanted, write: (snapshot) => resource.write(snapshot, NOWHERE, new TimeSlice()) },
    {
      wanted: summary.wanted(request),
      write: (snapshot) => summary.write(snapshot, request, NOWHERE, new TimeSlice()),
    },
    { wanted: new Set(['cpu', 'node-cpu']), write: () => Promise.resolve() },
  ];
}

async function writeNative(
  view: NativeView,
  snapshot: Snapshot,
  wanted: ReadonlySet<string>,
  pages: PagePool,
): Promise<void> {
  const writer = new ExpositionWriter('text', pages);
  await view.write(snapshot, wanted, writer, new TimeSlice());
  writer.finish();
  writer.release();
}
