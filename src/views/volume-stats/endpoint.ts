import type { EndpointDefinition } from '../endpoint-definition.ts';
import { VOLUMES, VolumeStatsView } from './volume-stats.ts';

/** Of the kubelet's metrics about itself those about volumes. */
export const volumeStatsEndpoint: EndpointDefinition = {
  path: '/metrics/kubelet',
  methods: ['GET'],
  about: "The kubelet's `kubelet_volume_stats_*` of persistent volume claims.",
  scopes: ['node'],
  collectors: [VOLUMES],
  open: () => {
    const view = new VolumeStatsView();
    return () => view;
  },
};
