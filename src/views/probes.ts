import type { EndpointDefinition } from './endpoint-definition.ts';
import { textAnswer } from './plain-answer.ts';

/** Whether the process responds. */
export const healthz: EndpointDefinition = {
  path: '/healthz',
  methods: ['GET'],
  about: 'Liveness probe: 200 while the process responds.',
  scopes: ['node', 'pod'],
  collectors: [],
  isPublic: true,
  open: () => () => textAnswer(200, 'ok'),
};

/** Whether names of pods are known. A sidecar is always ready: it must not delay its pod until the API server answers. */
export const readyz: EndpointDefinition = {
  path: '/readyz',
  methods: ['GET'],
  about: 'Readiness probe: 200 once the first pod list is synced, 503 before; with `--scope=pod` always 200.',
  scopes: ['node', 'pod'],
  collectors: [],
  isPublic: true,
  open:
    ({ scope, status }) =>
    () =>
      scope === 'pod' || status().isSynced ? textAnswer(200, 'ok') : textAnswer(503, 'first pod list not synced yet'),
};
