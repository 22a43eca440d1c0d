import { cadvisorEndpoint } from './views/cadvisor/endpoint.ts';
import { checksEndpoint } from './views/checks/endpoint.ts';
import { eventsEndpoint } from './views/events/endpoint.ts';
import type { EndpointDefinition, EndpointParts } from './views/endpoint-definition.ts';
import type { Endpoint } from './views/endpoint.ts';
import { metricsEndpoint } from './views/native/endpoint.ts';
import { pageScript, pageStyle } from './views/page/assets.ts';
import { pageEndpoint } from './views/page/endpoint.ts';
import { podsEndpoint } from './views/pods/endpoint.ts';
import { processesEndpoint } from './views/processes/endpoint.ts';
import { healthz, readyz } from './views/probes.ts';
import { resourceEndpoint } from './views/resource/endpoint.ts';
import { summaryEndpoint } from './views/summary/endpoint.ts';
import { volumeStatsEndpoint } from './views/volume-stats/endpoint.ts';

/** Every endpoint, in the order of the start page and of docs/endpoints.md. */
export const endpoints: readonly EndpointDefinition[] = [
  metricsEndpoint,
  podsEndpoint,
  processesEndpoint,
  eventsEndpoint,
  checksEndpoint,
  cadvisorEndpoint,
  volumeStatsEndpoint,
  resourceEndpoint,
  summaryEndpoint,
  healthz,
  readyz,
  pageEndpoint,
  pageScript,
  pageStyle,
];

/** Opens the endpoints that exist in the exporter's scope; `telemetryPath` is where the metrics are. */
export function openEndpoints(parts: Omit<EndpointParts, 'served'>, telemetryPath: string): readonly Endpoint[] {
  const served = endpoints
    .filter(({ scopes }) => scopes.includes(parts.scope))
    .map((definition) => (definition.pathFlag === undefined ? definition : { ...definition, path: telemetryPath }));
  return served.map(({ open, ...description }) => ({ ...description, answer: open({ ...parts, served }) }));
}

/** Names of the collectors that the endpoints of a scope may need. */
export function collectorsOf(scope: EndpointParts['scope']): ReadonlySet<string> {
  return new Set(endpoints.filter(({ scopes }) => scopes.includes(scope)).flatMap(({ collectors }) => collectors));
}

/** Whether a path belongs to an endpoint that cannot be moved. The router ignores case and a slash at the end. */
export function isReserved(path: string): boolean {
  const plain = path.toLowerCase().replace(/(?<=.)\/$/, '');
  return endpoints.some((endpoint) => endpoint.pathFlag === undefined && endpoint.path === plain);
}
