import type { EndpointDefinition } from '../endpoint-definition.ts';
import { RESOURCE_COLLECTORS } from './families.ts';
import { ResourceView } from './resource.ts';

/** The kubelet's resource metrics. The format does not depend on `Accept`, as metrics-server accepts no other. */
export const resourceEndpoint: EndpointDefinition = {
  path: '/metrics/resource',
  methods: ['GET'],
  about: "The kubelet's resource metrics, for metrics-server.",
  scopes: ['node'],
  collectors: RESOURCE_COLLECTORS,
  open: () => {
    const view = new ResourceView();
    return () => view;
  },
};
