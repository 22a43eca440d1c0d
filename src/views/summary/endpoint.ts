import type { EndpointDefinition } from '../endpoint-definition.ts';
import { SUMMARY_COLLECTORS } from './collectors.ts';
import { SummaryView } from './summary.ts';

/** The kubelet's summary. Its clients send the parameter as the kubelet documents it: once, and exactly `true`. */
export const summaryEndpoint: EndpointDefinition = {
  path: '/stats/summary',
  methods: ['GET', 'POST'],
  about: "The kubelet's summary of the node and its pods, as JSON.",
  scopes: ['node'],
  nodeSubresource: 'stats',
  collectors: SUMMARY_COLLECTORS,
  parameters: [{ example: 'only_cpu_and_memory=true', about: 'Only CPU and memory.' }],
  open: (parts) => {
    const view = new SummaryView(parts);
    return ({ query }) => {
      const values = query.getAll('only_cpu_and_memory');
      return view.answer({ onlyCpuAndMemory: values.length === 1 && values[0] === 'true' });
    };
  },
};
