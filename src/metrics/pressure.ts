import { EVERY_LEVEL, type CgroupRow, type Collector } from './row.ts';

/** v1 has no pressure files; a hybrid node has them in its v2 mount, if the same path exists there. */
const rows = [
  {
    name: 'pressure_cpu_waiting_seconds_total',
    type: 'counter',
    help: 'Time during which at least one task was stalled on CPU.',
    levels: EVERY_LEVEL,
    from: {
      v1: { file: 'cpu.pressure', key: 'some.total', divisor: 1e6 },
      v2: { file: 'cpu.pressure', key: 'some.total', divisor: 1e6 },
    },
  },
  {
    name: 'pressure_cpu_stalled_seconds_total',
    type: 'counter',
    help: 'Time during which all non-idle tasks were stalled on CPU.',
    levels: EVERY_LEVEL,
    from: {
      v1: { file: 'cpu.pressure', key: 'full.total', divisor: 1e6 },
      v2: { file: 'cpu.pressure', key: 'full.total', divisor: 1e6 },
    },
  },
  {
    name: 'pressure_memory_waiting_seconds_total',
    type: 'counter',
    help: 'Time during which at least one task was stalled on memory.',
    levels: EVERY_LEVEL,
    from: {
      v1: { file: 'memory.pressure', key: 'some.total', divisor: 1e6 },
      v2: { file: 'memory.pressure', key: 'some.total', divisor: 1e6 },
    },
  },
  {
    name: 'pressure_memory_stalled_seconds_total',
    type: 'counter',
    help: 'Time during which all non-idle tasks were stalled on memory.',
    levels: EVERY_LEVEL,
    from: {
      v1: { file: 'memory.pressure', key: 'full.total', divisor: 1e6 },
      v2: { file: 'memory.pressure', key: 'full.total', divisor: 1e6 },
    },
  },
  {
    name: 'pressure_io_waiting_seconds_total',
    type: 'counter',
    help: 'Time during which at least one task was stalled on I/O.',
    levels: EVERY_LEVEL,
    from: {
      v1: { file: 'io.pressure', key: 'some.total', divisor: 1e6 },
      v2: { file: 'io.pressure', key: 'some.total', divisor: 1e6 },
    },
  },
  {
    name: 'pressure_io_stalled_seconds_total',
    type: 'counter',
    help: 'Time during which all non-idle tasks were stalled on I/O.',
    levels: EVERY_LEVEL,
    from: {
      v1: { file: 'io.pressure', key: 'full.total', divisor: 1e6 },
      v2: { file: 'io.pressure', key: 'full.total', divisor: 1e6 },
    },
  },
] as const satisfies readonly CgroupRow[];

/** https://docs.kernel.org/accounting/psi.html */
export const pressure = {
  name: 'pressure',
  about: 'Pressure stall information (PSI) of CPU, memory and I/O.',
  enabled: true,
  root: true,
  cgroup: rows,
} as const satisfies Collector;
