import { machine } from '../../metrics/machine.ts';
import { chooseCollectors } from '../choose-collectors.ts';
import type { EndpointDefinition } from '../endpoint-definition.ts';
import { POD_COLLECTORS } from './fields.ts';
import { NODE_COLLECTORS, PodsView } from './pods.ts';

/** Collectors that a request can select. */
const SELECTABLE = [...POD_COLLECTORS, machine.name];

/** For scripts, and for programs that show pods to people. */
export const podsEndpoint: EndpointDefinition = {
  path: '/api/v1/pods',
  methods: ['GET'],
  about: 'Node, pods and containers with their current numbers, as JSON.',
  scopes: ['node', 'pod'],
  nodeSubresource: 'stats',
  collectors: [...SELECTABLE, ...NODE_COLLECTORS.values()],
  parameters: [
    { example: 'collect[]=cpu&collect[]=memory', about: 'Only the numbers of the selected collectors.' },
    { example: 'exclude[]=network&exclude[]=sockets', about: 'The numbers of all enabled collectors but these.' },
  ],
  open: (parts) => {
    const view = new PodsView(parts);
    const enabled = new Set<string>(SELECTABLE).intersection(parts.collectors);
    return ({ query }) => {
      const chosen = chooseCollectors(query, enabled);
      return chosen instanceof Set ? view.answer(chosen) : chosen;
    };
  },
};
