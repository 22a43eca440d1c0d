import { bar, bytes, bytesPerSecond, cores, count, EVENTS, OF_LIMIT, percent } from './columns.ts';
import { maxBy, memoryOfLimit, oomKills, POD, rangeEvents, rate, requested, sumBy } from './queries.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';
import { POD_KEYS, throttledPeriods } from './trouble.ts';

/** The pods that `selector` and `filter` select, the most troubled first. */
export function podsTable(selector: string, filter = (expr: string): string => expr): ReturnType<typeof table> {
  return table({
    title: 'Pods',
    description:
      'Usage of each pod. Throttled and memory of limit are those of the container that is worst off in the time range.',
    keys: POD_KEYS,
    sort: ['OOM kills', 'Mem. of limit', 'Memory'],
    noValue: 'No pod, or exporter down',
    height: 12,
    columns: columnsOf(selector).map((column) => ({ ...column, expr: filter(column.expr) })),
  });
}

function columnsOf(selector: string): readonly Column[] {
  const of = (name: string): string => `${name}{${selector}}`;
  const usedCpu = sumBy(POD, rate(of('pod_cpu_usage_seconds_total')));
  const usedMemory = sumBy(POD, of('pod_memory_working_set_bytes'));
  const started = maxBy(POD, of('pod_start_time_seconds'));
  return [
    cores('CPU', usedCpu),
    bar('CPU of req.', `${usedCpu} / ${requested('requests', 'cpu', selector, POD)}`, [1, 2]),
    percent('Throttled', maxBy(POD, throttledPeriods(selector)), [0.1, 0.25]),
    bytes('Memory', usedMemory),
    bar('Mem. of req.', `${usedMemory} / ${requested('requests', 'memory', selector, POD)}`, [1, 1.5]),
    bar('Mem. of limit', maxBy(POD, memoryOfLimit(selector)), OF_LIMIT),
    count('OOM kills', oomKills(selector, '$__range'), EVENTS),
    count('Restarts', sumBy(POD, rangeEvents(of('container_restarts_total'))), EVENTS),
    bytesPerSecond('Received', sumBy(POD, rate(of('pod_network_receive_bytes_total')))),
    bytesPerSecond('Sent', sumBy(POD, rate(of('pod_network_transmit_bytes_total')))),
    { name: 'Started', unit: 'dateTimeFromNow', width: 116, expr: `${started} * 1000` },
  ];
}
