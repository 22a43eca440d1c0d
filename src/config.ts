import type { LogFormat, LogLevel } from './base/log.ts';
import { eventsConfig, type EventsConfig } from './events-config.ts';
import { isReserved } from './endpoints.ts';
import {
  directory,
  type FlagValue,
  httpsOrigin,
  invalid,
  kubernetesMinor,
  list,
  listenAddress,
  numberBetween,
  oneOf,
  seconds,
  wholeMatch,
  wholeNumber,
} from './flag-values.ts';
import type { ListenAddress } from './http/listener.ts';
import type { WalkLimits } from './kernel/children/disk-usage-process.ts';
import { DEFAULT_SOCKET } from './engine/engine-api.ts';
import { collectors } from './metrics/index.ts';
import { collectorFlag, type OptionName } from './options.ts';
import type { DownwardApiFields } from './pods/downward-api.ts';
import type { MetadataLimits } from './pods/records/exported-metadata.ts';
import type { Settings } from './settings.ts';
import { topConfig, type TopConfig } from './top-config.ts';
import type { CompatOptions } from './views/endpoint-definition.ts';
import { metricsEndpoint } from './views/native/endpoint.ts';

/** The configuration of the program, from its command line and environment. */
export interface Config {
  readonly listen: readonly ListenAddress[];
  readonly telemetryPath: string;
  readonly webConfigFile?: FlagValue;
  /** Who authenticates and authorizes clients, besides `webConfigFile`. */
  readonly webAuth: 'none' | 'kubernetes';
  readonly webAuthAttributes: 'node' | 'path';
  readonly maxRequests: number;
  /** Whether to export metrics about the process itself. */
  readonly exporterMetrics: boolean;
  readonly paths: {
    readonly procfs: string;
    readonly sysfs: string;
    readonly rootfs: string;
    readonly kubelet: string;
    readonly cgroup?: string;
  };
  /** With `--scope=pod`: the pod of this process by the downward API. No other pod is exported then. */
  readonly ownPod?: DownwardApiFields;
  readonly pods: string;
  readonly kubeconfig?: string;
  readonly kubeletUrl?: string;
  readonly kubeletInsecureTls: boolean;
  readonly kubeletFallback: boolean;
  readonly nodeName?: string;
  /** The node's address, where its kubelet listens by default. */
  readonly nodeIp?: string;
  /** Sockets of the container engines that name containers outside of pods. */
  readonly engineSockets: readonly string[];
  /** Keys of the labels of these containers that are exported. */
  readonly containerLabels: readonly string[];
  readonly podLabels: readonly string[];
  readonly podAnnotations: readonly string[];
  readonly metadataLimits: MetadataLimits;
  readonly collectors: ReadonlySet<string>;
  readonly interfaces: RegExp;
  /** What `/metrics/cadvisor` copies of the kubelet's endpoint. */
  readonly compat: CompatOptions;
  readonly storage: {
    readonly partitions: boolean;
    readonly excludedDisks: RegExp;
    readonly excludedMountPoints: RegExp;
    readonly excludedTypes: RegExp;
    /** Milliseconds. */
    readonly timeout: number;
  };
  /** Limits of the walk that measures ephemeral storage. */
  readonly walk: WalkLimits;
  readonly descriptors: number;
  /** Absent unless events are enabled. */
  readonly events?: EventsConfig;
  /** Scrape once and exit: nothing is measured between scrapes. */
  readonly once: boolean;
  /** How the result of a command is printed. */
  readonly format: 'text' | 'json';
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly top: TopConfig;
}

/** Sets `key` to the value of a flag, if it has one. */
type Optional = <K extends string>(key: K, flag: OptionName) => { [P in K]?: string };

/**
 * Reads the configuration.
 *
 * @throws {ConfigError} for a value that cannot be used.
 */
export function readConfig(settings: Settings, environment: NodeJS.ProcessEnv): Config {
  const value = (name: OptionName): FlagValue => settings.value(name);
  const optional: Optional = (key, name) => (value(name).text === '' ? {} : ({ [key]: value(name).text } as object));
  return {
    listen: settings.values('web.listen-address').map(listenAddress),
    telemetryPath: telemetryPath(value('web.telemetry-path')),
    ...(value('web.config.file').text === '' ? {} : { webConfigFile: value('web.config.file') }),
    webAuth: oneOf(value('web.auth'), ['none', 'kubernetes']),
    webAuthAttributes: oneOf(value('web.auth.attributes'), ['node', 'path']),
    maxRequests: wholeNumber(value('web.max-requests')),
    exporterMetrics: !settings.isEnabled('web.disable-exporter-metrics'),
    paths: paths(value),
    ...(oneOf(value('scope'), ['node', 'pod']) === 'pod' ? { ownPod: downwardApiFields(optional) } : {}),
    pods: podSource(value('pods')),
    ...optional('kubeconfig', 'kubeconfig'),
    ...(value('kubelet-url').text === '' ? {} : { kubeletUrl: httpsOrigin(value('kubelet-url')) }),
    kubeletInsecureTls: settings.isEnabled('kubelet-insecure-tls'),
    kubeletFallback: settings.isEnabled('kubelet-fallback'),
    ...optional('nodeName', 'node-name'),
    ...(environment['NODE_IP'] ? { nodeIp: environment['NODE_IP'] } : {}),
    engineSockets: engineSockets(settings.values('containers')),
    containerLabels: list(value('container-labels').text),
    podLabels: list(value('pod-labels').text),
    podAnnotations: list(value('pod-annotations').text),
    metadataLimits: metadataLimits(value),
    collectors: enabledCollectors(settings),
    interfaces: wholeMatch(value('collector.network.interfaces')),
    compat: compat(settings),
    storage: storage(settings),
    walk: walkLimits(value),
    descriptors: wholeNumber(value('max-descriptors')),
    ...eventsConfig(settings),
    once: settings.isEnabled('once'),
    format: oneOf(value('format'), ['text', 'json']),
    logLevel: oneOf(value('log.level'), ['debug', 'info', 'warn', 'error']),
    logFormat: oneOf(value('log.format'), ['logfmt', 'json']),
    top: topConfig(settings),
  };
}

function paths(value: (name: OptionName) => FlagValue): Config['paths'] {
  return {
    procfs: directory(value('path.procfs')),
    sysfs: value('path.sysfs').text,
    rootfs: value('path.rootfs').text,
    kubelet: value('path.kubelet').text.replace(/(?<=.)\/+$/, ''),
    ...(value('path.cgroup').text === '' ? {} : { cgroup: directory(value('path.cgroup')) }),
  };
}

function walkLimits(value: (name: OptionName) => FlagValue): WalkLimits {
  return {
    walkMsPerSecond: numberBetween(value('collector.ephemeral-storage.budget'), 1, 1000),
    maxIoPressurePercent: wholeNumber(value('collector.ephemeral-storage.max-io-pressure')),
  };
}

function metadataLimits(value: (name: OptionName) => FlagValue): MetadataLimits {
  return {
    maxKeys: wholeNumber(value('pod-metadata.max-keys')),
    maxBytes: wholeNumber(value('pod-metadata.max-bytes')),
    maxNodeBytes: wholeNumber(value('pod-metadata.max-node-bytes')),
  };
}

function downwardApiFields(optional: Optional): DownwardApiFields {
  return {
    ...optional('uid', 'pod-uid'),
    ...optional('namespace', 'pod-namespace'),
    ...optional('name', 'pod-name'),
    ...optional('node', 'node-name'),
    ...optional('podIp', 'pod-ip'),
    ...optional('hostIp', 'host-ip'),
  };
}

function compat(settings: Settings): CompatOptions {
  return {
    pauseImage: settings.value('compat.pause-image').text,
    hostNetwork: settings.isEnabled('compat.host-network'),
    zeros: settings.isEnabled('compat.zeros'),
    kubeletMinor: kubernetesMinor(settings.value('compat.kubelet-version')),
  };
}

function storage(settings: Settings): Config['storage'] {
  return {
    partitions: settings.isEnabled('collector.disk.partitions'),
    excludedDisks: wholeMatch(settings.value('collector.disk.exclude')),
    excludedMountPoints: wholeMatch(settings.value('collector.filesystem.mount-points-exclude')),
    excludedTypes: wholeMatch(settings.value('collector.filesystem.fs-types-exclude')),
    timeout: seconds(settings.value('collector.volumes.timeout')) * 1000,
  };
}

function enabledCollectors(settings: Settings): ReadonlySet<string> {
  const hasDefaults = !settings.isEnabled('collector.disable-defaults');
  const isOnePod = settings.value('scope').text === 'pod';
  const chosen = collectors
    .filter(({ nodeWide }) => !(isOnePod && nodeWide))
    .filter(({ name, enabled }) => settings.choice(collectorFlag(name)) ?? (enabled && hasDefaults));
  return new Set(chosen.map(({ name }) => name));
}

function telemetryPath(value: FlagValue): string {
  const { text } = value;
  if (/^\/[A-Za-z0-9/_.-]+$/.test(text) && !isReserved(text)) return text;
  throw invalid(value, `a path like ${metricsEndpoint.path} that no other endpoint has`);
}

function engineSockets(values: readonly FlagValue[]): readonly string[] {
  const sockets = values.flatMap((value): readonly string[] => {
    if (value.text === 'none') return [];
    const [, path = DEFAULT_SOCKET] = /^docker(?::(\/.+))?$/s.exec(value.text) ?? invalidEngine(value);
    return [path];
  });
  return [...new Set(sockets)];
}

function invalidEngine(value: FlagValue): never {
  throw invalid(value, 'docker, docker:PATH with an absolute path, or none');
}

function podSource(value: FlagValue): string {
  const { text } = value;
  if (['auto', 'api', 'kubelet', 'none'].includes(text) || /^file:./.test(text)) return text;
  throw invalid(value, 'auto, api, kubelet, file:PATH or none');
}
