import { EVERY_LEVEL, type CgroupRow, type Collector } from './row.ts';

/** An interrupt stalls all tasks of the CPU, so the kernel only reports `full`. Since Linux 6.1. */
const rows = [
  {
    name: 'pressure_irq_stalled_seconds_total',
    type: 'counter',
    help: 'Time during which all non-idle tasks were stalled on interrupt handling.',
    stability: 'experimental',
    levels: EVERY_LEVEL,
    from: {
      v1: { file: 'irq.pressure', key: 'full.total', divisor: 1e6 },
      v2: { file: 'irq.pressure', key: 'full.total', divisor: 1e6 },
    },
  },
] as const satisfies readonly CgroupRow[];

/** https://docs.kernel.org/accounting/psi.html · https://docs.kernel.org/admin-guide/cgroup-v2.html */
export const pressureIrq = {
  name: 'pressure-irq',
  about: 'Pressure stall information of interrupt handling. Needs a kernel with CONFIG_IRQ_TIME_ACCOUNTING.',
  enabled: false,
  root: true,
  cgroup: rows,
} as const satisfies Collector;
