/** Families that the kubelet always reports as 0, with their label values. */
export const machineZeros = [
  {
    name: 'machine_nvm_capacity',
    type: 'gauge',
    help: 'Always 0: the kubelet does not detect non-volatile memory.',
    label: 'mode',
    values: ['memory_mode', 'app_direct_mode'],
  },
  {
    name: 'machine_nvm_avg_power_budget_watts',
    type: 'gauge',
    help: 'Always 0: the kubelet does not read the power budget of non-volatile memory.',
    label: '',
    values: [''],
  },
] as const;

/** Families about the exporter and the response. */
export const versionInfo = {
  name: 'cadvisor_version_info',
  type: 'gauge',
  help: 'Versions of the exporter, the kernel and the operating system; always 1.',
} as const;

export const scrapeErrors = {
  container: {
    name: 'container_scrape_error',
    type: 'gauge',
    help: 'Whether reading some of the cgroups failed or timed out.',
  },
  machine: {
    name: 'machine_scrape_error',
    type: 'gauge',
    help: 'Whether reading the machine failed or timed out.',
  },
} as const;
