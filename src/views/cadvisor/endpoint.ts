import { cadvisorCollectorNames } from '../../metrics/cadvisor/collectors.ts';
import { collectors, viewCollectors } from '../../metrics/index.ts';
import type { EndpointDefinition } from '../endpoint-definition.ts';
import { CadvisorView } from './cadvisor.ts';

/** The kubelet's endpoint of that path. */
export const cadvisorEndpoint: EndpointDefinition = {
  path: '/metrics/cadvisor',
  methods: ['GET'],
  about: "The series of the kubelet's cAdvisor, under their names.",
  scopes: ['node'],
  collectors: [...collectors, ...viewCollectors]
    .map(({ name }) => name)
    .filter((name) => cadvisorCollectorNames.has(name)),
  parameters: [{ example: 'timestamps=1', about: 'Explicit timestamps, as the kubelet has them.' }],
  open: ({ plan, compat, version }) => {
    const view = new CadvisorView({ plan, compat, version: `pod-exporter ${version}` });
    return ({ query }) => view.answer({ timestamps: query.get('timestamps') === '1' });
  },
};
