/** What the kubelet always gives as 0, with the value of its label. */
export const machineZeros = [
  {
    name: 'machine_nvm_capacity',
    type: 'gauge',
    help: 'Always 0: the kubelet does not look for non-volatile memory.',
    label: 'mode',
    values: ['memory_mode', 'app_direct_mode'],
  },
  {
    name: 'machine_nvm_avg_power_budget_watts',
    type: 'gauge',
    help: 'Always 0: the kubelet does not look for the power budget of non-volatile memory.',
    label: '',
    values: [''],
  },
] as const;

/** About the answer and what gives it. */
export const versionInfo = {
  name: 'cadvisor_version_info',
  type: 'gauge',
  help: 'What answers in place of cAdvisor, and on what; always 1.',
} as const;

export const scrapeErrors = {
  container: {
    name: 'container_scrape_error',
    type: 'gauge',
    help: 'Whether some of the cgroups could not be read in time.',
  },
  machine: {
    name: 'machine_scrape_error',
    type: 'gauge',
    help: 'Whether the machine could not be looked at in time.',
  },
} as const;
