import { bar, bytes, bytesPerSecond, cores, count, EVENTS, OF_LIMIT, percent } from './columns.ts';
import { ROW } from './links.ts';
import { maxBy, memoryOfLimit, rangeEvents, rate, share, sumBy } from './queries.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';
import { throttledPeriods } from './trouble.ts';

const ID = 'node, container';
const FACTS = 'image, compose_project';

/** Selects containers that belong to no pod, such as those of Docker: their series have no label `pod`. */
export function outsideOfPods(selector: string): string {
  return `${selector},pod=""`;
}

function columnsOf(selector: string): readonly Column[] {
  const of = (name: string): string => `${name}{${selector}}`;
  const withFacts = (column: Column): Column => ({
    ...column,
    expr: maxBy(
      `${ID}, ${FACTS}`,
      `(${column.expr}) * on (${ID}) group_left (${FACTS}) topk by (${ID}) (1, ${of('container_info')})`,
    ),
  });
  const usedCpu = sumBy(ID, rate(of('container_cpu_usage_seconds_total')));
  const columns = [
    cores('CPU', usedCpu),
    bar('CPU of limit', share(usedCpu, sumBy(ID, of('container_cpu_limit_cores'))), OF_LIMIT),
    percent('Throttled', maxBy(ID, throttledPeriods(selector)), [0.1, 0.25]),
    bytes('Memory', sumBy(ID, of('container_memory_working_set_bytes'))),
    bar('Mem. of limit', maxBy(ID, memoryOfLimit(selector)), OF_LIMIT),
    count('OOM kills', sumBy(ID, rangeEvents(of('container_oom_kills_total'))), EVENTS),
    percent('Threads', maxBy(ID, share(of('container_threads'), of('container_threads_max'))), [0.8, 0.9]),
    bytesPerSecond('Received', sumBy(ID, rate(of('container_network_receive_bytes_total')))),
    bytesPerSecond('Sent', sumBy(ID, rate(of('container_network_transmit_bytes_total')))),
  ];
  return columns.map(withFacts);
}

/** Containers of Docker, Podman and the like on the nodes that `selector` selects. */
export function containersOutsideOfPods(selector: string): ReturnType<typeof table> {
  return table({
    title: 'Containers outside of pods',
    description:
      'Running containers that belong to no pod, such as those of Docker. Throttled, memory of limit (highest) and OOM kills are those of the time range. Names and images need --containers=docker.',
    keys: [
      { label: 'container', name: 'Container', width: 160 },
      { label: 'image', name: 'Image', width: 200, isLast: true },
      { label: 'compose_project', name: 'Project', isLast: true },
      { label: 'node', name: 'Node', link: ROW.node, width: 130, isLast: true },
    ],
    columns: columnsOf(outsideOfPods(selector)),
    sort: ['OOM kills', 'Mem. of limit', 'Memory'],
    noValue: 'No container outside of pods on nodes whose exporter is up',
    height: 7,
  });
}
