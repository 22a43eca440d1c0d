import type { OptionTable } from './option.ts';
import { cadvisorEndpoint } from './views/cadvisor/endpoint.ts';
import { eventsEndpoint } from './views/events/endpoint.ts';
import { metricsEndpoint } from './views/native/endpoint.ts';

/** Flags of the command `serve` alone. */
export const SERVE_OPTIONS = {
  'web.listen-address': {
    value: 'ADDRESS',
    default: ':9771',
    repeatable: true,
    help: 'Address to listen on, such as :9771, 127.0.0.1:9771 or [::1]:9771. Repeatable for multiple addresses.',
  },
  'web.telemetry-path': {
    value: 'PATH',
    default: metricsEndpoint.path,
    help: 'Path under which to expose metrics.',
  },
  'web.config.file': {
    value: 'FILE',
    help: 'Configuration file that enables TLS, client certificates or basic authentication, in the format of the exporter-toolkit.',
  },
  'web.auth': {
    value: 'MODE',
    default: 'none',
    help: 'With kubernetes, the API server authenticates and authorizes clients by their bearer tokens; with none, it does not.',
  },
  'web.auth.attributes': {
    value: 'KIND',
    default: 'node',
    help:
      'What a client needs the right to get: node for the subresources nodes/metrics and nodes/stats of this node, ' +
      'as for the kubelet, or path for the path (nonResourceURLs).',
  },
  'web.max-requests': {
    value: 'COUNT',
    default: '40',
    help:
      'Maximum number of different scrapes in progress; further ones are rejected with status 503. ' +
      'Up to half as many streams are sent besides. Use 0 to disable.',
  },
  'web.disable-exporter-metrics': {
    help: 'Exclude metrics about the exporter process itself (process_*, nodejs_*).',
  },
  'collector.ephemeral-storage.budget': {
    value: 'MILLISECONDS',
    default: '50',
    help: 'Milliseconds of each second that the directory walk may use, from 1 to 1000.',
  },
  'collector.ephemeral-storage.max-io-pressure': {
    value: 'PERCENT',
    default: '20',
    help: "Pause the directory walk while the node's I/O pressure (some, avg10) is higher.",
  },
  events: {
    help: `Watch the cgroups of pods by inotify, and serve what happens on ${eventsEndpoint.path}.`,
  },
  'events.max-count': {
    value: 'COUNT',
    default: '5000',
    help: 'Number of events that are kept, up to 100000.',
  },
  'events.max-age': {
    value: 'SECONDS',
    default: '86400',
    help: 'Age up to which events are kept.',
  },
  'log.events': {
    help: 'Log each event, with --events.',
  },
  'compat.pause-image': {
    value: 'IMAGE',
    default: 'registry.k8s.io/pause',
    help: `Label image of sandboxes on ${cadvisorEndpoint.path}. The kernel does not report it, but queries filter by it.`,
  },
  'compat.host-network': {
    help: `Repeat the node's interfaces for every pod on the host network on ${cadvisorEndpoint.path}, as the kubelet does.`,
  },
  'compat.zeros': {
    help: `Also export the series that the kubelet always reports as 0 on ${cadvisorEndpoint.path}.`,
  },
  'compat.kubelet-version': {
    value: 'VERSION',
    default: '1.37',
    help: 'Kubernetes version whose families --compat.zeros exports. Before 1.37 the kubelet has load averages and tasks.',
  },
  once: {
    help: 'Print one scrape to standard output and exit; an alias of the command once.',
  },
} as const satisfies OptionTable;
