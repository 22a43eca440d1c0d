import { collectors } from '../../metrics/index.ts';
import { chooseCollectors } from '../choose-collectors.ts';
import type { EndpointDefinition } from '../endpoint-definition.ts';
import { chooseFormat } from './choose-format.ts';
import { MetricsView } from './metrics.ts';
import { NativeView } from './native.ts';

/** The exporter's own series. */
export const metricsEndpoint: EndpointDefinition = {
  path: '/metrics',
  pathFlag: 'web.telemetry-path',
  methods: ['GET'],
  about: 'Every series of the enabled collectors, as text 0.0.4 or OpenMetrics 1.0, by `Accept`.',
  scopes: ['node', 'pod'],
  collectors: collectors.map(({ name }) => name),
  parameters: [
    { example: 'collect[]=cpu&collect[]=memory', about: 'Only the selected collectors.' },
    { example: 'exclude[]=network&exclude[]=sockets', about: 'All enabled collectors but these.' },
  ],
  open: ({ plan, ownFamilies, collectors: enabled }) => {
    const view = new MetricsView(new NativeView(plan), ownFamilies);
    return ({ query, header }) => {
      const chosen = chooseCollectors(query, enabled);
      return chosen instanceof Set ? view.answer(chosen, chooseFormat(header('Accept'))) : chosen;
    };
  },
};
