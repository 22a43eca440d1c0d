import type { Page } from './dashboards.ts';
import { podCpu } from './pod-cpu.ts';
import { podDisk } from './pod-disk.ts';
import { podHeader } from './pod-header.ts';
import { podMemory } from './pod-memory.ts';
import { podNetwork } from './pod-network.ts';
import { podPressure } from './pod-pressure.ts';

/** One pod and its containers: where an investigation ends. */
export const pod: Page = {
  name: 'pod',
  title: 'Pod',
  description: 'CPU, memory, pressure, network and disk of one pod and its containers, against their limits.',
  variables: ['namespace', 'pod', 'container'],
  single: ['namespace', 'pod'],
  events: ['OOM kills', 'Restarts', 'Started pods'],
  rows: [podHeader, podCpu, podMemory, podPressure, podNetwork, podDisk],
};
