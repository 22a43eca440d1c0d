import { machine } from '../../metrics/machine.ts';
import { chooseCollectors } from '../choose-collectors.ts';
import type { EndpointDefinition } from '../endpoint-definition.ts';
import { POD_COLLECTORS } from './fields.ts';
import { NODE_COLLECTORS } from './node.ts';
import { podsParameters } from './parameters.ts';
import { PodsView } from './pods.ts';

/** Collectors that a request can select. */
const SELECTABLE = [...POD_COLLECTORS, machine.name];

/** For scripts, and for programs that show pods to people. */
export const podsEndpoint: EndpointDefinition = {
  path: '/api/v1/pods',
  methods: ['GET'],
  about: 'Node, pods and containers with their current numbers and rates, as JSON or as a stream of events.',
  scopes: ['node', 'pod'],
  nodeSubresource: 'stats',
  collectors: [...SELECTABLE, ...NODE_COLLECTORS.values()],
  parameters: [
    { example: 'collect[]=cpu&collect[]=memory', about: 'Only the numbers of the selected collectors.' },
    { example: 'exclude[]=network&exclude[]=sockets', about: 'The numbers of all enabled collectors but these.' },
    { example: 'rates=1s', about: 'With rates over the last second, for which the answer may wait; up to 30s.' },
    { example: 'watch=2s', about: 'A stream of documents with rates, one every two seconds; from 1s to 60s.' },
  ],
  open: (parts) => {
    const view = new PodsView(parts);
    const enabled = new Set<string>(SELECTABLE).intersection(parts.collectors);
    return ({ query }) => {
      const chosen = chooseCollectors(query, enabled);
      if (!(chosen instanceof Set)) return chosen;
      const parameters = podsParameters(query);
      if ('kind' in parameters) return parameters;
      const { watchMs, ratesMs } = parameters;
      return watchMs === undefined ? view.answer(chosen, ratesMs) : view.watch(chosen, watchMs);
    };
  },
};
