import { endpoints } from '../src/endpoints.ts';
import { collectors as metricsCollectors } from '../src/metrics/index.ts';
import { podsEndpoint } from '../src/views/pods/endpoint.ts';
import type { EndpointDescription } from '../src/views/endpoint.ts';

/** Content of docs/endpoints.md, generated from the list of endpoints. */
export function endpointsPage(): string {
  return `# Endpoints

Generated from \`src/endpoints.ts\` by \`npm run update\`; a test keeps it current.

| path | methods | scope | authentication | returns |
|---|---|---|---|---|
${endpoints.map(endpointLine).join('\n')}

HEAD is answered wherever GET is. With \`--scope=pod\` only the endpoints of that scope exist. Authentication is required
if \`--web.config.file\` has users or client certificates, or with \`--web.auth=kubernetes\`, see
[web configuration](web-configuration.md).

The JSON of \`${podsEndpoint.path}\` is described in [API](api.md).

## Query parameters

| path | example | effect |
|---|---|---|
${endpoints.flatMap(parameterLines).join('\n')}

## Collectors

An endpoint runs only the collectors that it needs. Requests at the same time share one collection.

| path | collectors |
|---|---|
${endpoints.flatMap(collectorLines).join('\n')}

## Requests and responses

- \`Accept-Encoding: gzip\` compresses every endpoint that runs collectors.
- \`X-Prometheus-Scrape-Timeout-Seconds\` is the deadline. Shortly before it passes the response is sent with what has
  been read; a collector that was cut off has no samples in it, and \`pod_exporter_collector_success\` is 0 for it.
- Two responses are written at a time. The others wait in line until their deadline; equal requests that wait share one
  response. At most \`--web.max-requests\` different ones are in progress; further requests receive 503. Probes and the
  start page are not limited.
- A client is disconnected a second after its timeout, when it takes nothing for 10 s, or when it pipelines more than 16
  requests.

| status | meaning |
|---|---|
| 200 | the response; also if some collectors failed |
| 304 | \`/page.js\` or \`/page.css\` with \`If-None-Match\`: the client has the file |
| 400 | a parameter is not valid, which the body names; for \`collect[]\` it lists the enabled collectors |
| 401 | authentication required, or the credentials are not valid |
| 403 | the user of the bearer token is not authorized (\`--web.auth=kubernetes\`) |
| 404, 405 | no such endpoint, or \`/api/v1/events\` without \`--events\`; no such method |
| 429 | more requests than \`rate_limit\` of \`--web.config.file\` permits |
| 503 | not ready (\`/readyz\`), too many scrapes or streams in progress, no response before the deadline, too many authentication attempts in progress, or the API server cannot review the bearer token |
`;
}

function pathOf({ path, pathFlag }: EndpointDescription): string {
  return pathFlag === undefined ? `\`${path}\`` : `\`${path}\` (\`--${pathFlag}\`)`;
}

function endpointLine(endpoint: EndpointDescription): string {
  const { methods, scopes, isPublic, about } = endpoint;
  const authentication = isPublic === true ? 'never' : 'if configured';
  return `| ${[pathOf(endpoint), methods.join(', '), scopes.join(', '), authentication, about].join(' | ')} |`;
}

function parameterLines({ path, parameters = [] }: EndpointDescription): readonly string[] {
  return parameters.map(({ example, about }) => `| \`${path}\` | \`?${example}\` | ${about} |`);
}

function collectorLines({ path, collectors }: EndpointDescription): readonly string[] {
  if (collectors.length === 0) return [];
  const every = metricsCollectors.every(({ name }) => collectors.includes(name));
  return [`| \`${path}\` | ${every ? 'every enabled collector' : collectors.join(', ')} |`];
}
