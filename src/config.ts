import { parseArgs } from 'node:util';
import { invalidFlag, ConfigError, directory, list, oneOf, seconds, wholeMatch, wholeNumber } from './flag-values.ts';
import { isReserved } from './endpoints.ts';
import type { WalkLimits } from './kernel/children/disk-usage-process.ts';
import { collectors } from './metrics/index.ts';
import { OPTIONS, type Option, type OptionName } from './options.ts';
import type { DownwardApiFields } from './pods/downward-api.ts';
import { metricsEndpoint } from './views/native/endpoint.ts';

/** What the command line and the environment ask for. */
export interface Config {
  readonly listen: { readonly host: string | undefined; readonly port: number };
  readonly telemetryPath: string;
  readonly webConfigFile?: string;
  readonly maxRequests: number;
  readonly paths: {
    readonly procfs: string;
    readonly sysfs: string;
    readonly rootfs: string;
    readonly kubelet: string;
    readonly cgroup?: string;
  };
  /** With `--scope=pod`, where no other pod is of interest: what the one in which this runs is told of itself. */
  readonly ownPod?: DownwardApiFields;
  readonly pods: string;
  readonly kubeconfig?: string;
  readonly kubeletUrl?: string;
  readonly kubeletInsecureTls: boolean;
  readonly nodeName?: string;
  /** The node's address, where its kubelet is if nothing else is said. */
  readonly nodeIp?: string;
  readonly podLabels: readonly string[];
  readonly podAnnotations: readonly string[];
  readonly collectors: ReadonlySet<string>;
  readonly interfaces: RegExp;
  /** How far `/metrics/cadvisor` goes in being like the kubelet's. */
  readonly compat: { readonly pauseImage: string; readonly hostNetwork: boolean; readonly zeros: boolean };
  readonly storage: {
    readonly partitions: boolean;
    readonly excludedDisks: RegExp;
    readonly excludedMountPoints: RegExp;
    readonly excludedTypes: RegExp;
    /** Milliseconds. */
    readonly timeout: number;
  };
  /** How fast directories are walked through, if ephemeral storage is measured so. */
  readonly walk: WalkLimits;
  readonly descriptors: number;
  readonly once: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'logfmt' | 'json';
}

/** What was asked for instead of running. */
export type Question = 'help' | 'version';

type Values = Readonly<Record<string, string | boolean | undefined>>;

/** The value of a flag under a name of its own, if it has one. */
type Optional = <K extends string>(key: K, flag: OptionName) => { [P in K]?: string };

/**
 * Reads the command line; what it leaves open comes from the environment, then from the defaults.
 *
 * @throws {ConfigError} if anything of it cannot be used.
 */
export function readConfig(args: readonly string[], environment: NodeJS.ProcessEnv): Config | Question {
  const values = { ...fromEnvironment(environment), ...fromCommandLine(args) };
  if (values['help'] === true) return 'help';
  if (values['version'] === true) return 'version';
  const text = (name: OptionName): string => String(values[name] ?? (OPTIONS[name] as Option).default ?? '');
  const optional: Optional = (key, name) => (text(name) === '' ? {} : ({ [key]: text(name) } as object));
  return {
    listen: listenAddress(text('web.listen-address')),
    telemetryPath: telemetryPath(text('web.telemetry-path')),
    ...optional('webConfigFile', 'web.config.file'),
    maxRequests: wholeNumber('web.max-requests', text('web.max-requests')),
    paths: {
      procfs: directory('path.procfs', text('path.procfs')),
      sysfs: text('path.sysfs'),
      rootfs: text('path.rootfs'),
      kubelet: text('path.kubelet').replace(/(?<=.)\/+$/, ''),
      ...(text('path.cgroup') === '' ? {} : { cgroup: directory('path.cgroup', text('path.cgroup')) }),
    },
    ...(oneOf('scope', text('scope'), ['node', 'pod']) === 'pod' ? { ownPod: downwardFacts(optional) } : {}),
    pods: podsSource(text('pods')),
    ...optional('kubeconfig', 'kubeconfig'),
    ...(text('kubelet-url') === '' ? {} : { kubeletUrl: kubeletUrl(text('kubelet-url')) }),
    kubeletInsecureTls: values['kubelet-insecure-tls'] === true,
    ...optional('nodeName', 'node-name'),
    ...(environment['NODE_IP'] ? { nodeIp: environment['NODE_IP'] } : {}),
    podLabels: list(text('pod-labels')),
    podAnnotations: list(text('pod-annotations')),
    collectors: enabledCollectors(values),
    interfaces: wholeMatch('collector.network.interfaces', text('collector.network.interfaces')),
    compat: compat(text('compat.pause-image'), values),
    storage: storage(text, values),
    walk: walkLimits(text),
    descriptors: wholeNumber('max-descriptors', text('max-descriptors')),
    once: values['once'] === true,
    logLevel: oneOf('log.level', text('log.level'), ['debug', 'info', 'warn', 'error']),
    logFormat: oneOf('log.format', text('log.format'), ['logfmt', 'json']),
  };
}

function downwardFacts(optional: Optional): DownwardApiFields {
  return {
    ...optional('uid', 'pod-uid'),
    ...optional('namespace', 'pod-namespace'),
    ...optional('name', 'pod-name'),
    ...optional('node', 'node-name'),
    ...optional('podIp', 'pod-ip'),
    ...optional('hostIp', 'host-ip'),
  };
}

/** The environment twin of a flag: `--web.listen-address` is `POD_EXPORTER_WEB_LISTEN_ADDRESS`. */
export function environmentName(flag: string): string {
  return `POD_EXPORTER_${flag.replaceAll(/[.-]/g, '_').toUpperCase()}`;
}

/** Flags of collectors, which follow from their table. */
export const COLLECTOR_FLAGS: readonly string[] = collectors.map(({ name }) => `collector.${name}`);

const FLAGS: readonly string[] = [...Object.keys(OPTIONS), ...COLLECTOR_FLAGS];

function isSwitch(name: string): boolean {
  return COLLECTOR_FLAGS.includes(name) || (OPTIONS as Readonly<Record<string, Option>>)[name]?.type === 'boolean';
}

function fromCommandLine(args: readonly string[]): Values {
  const options = Object.fromEntries(
    FLAGS.map((name) => [name, { type: isSwitch(name) ? 'boolean' : 'string' } as const]),
  );
  try {
    return parseArgs({ args: [...args], options, strict: true, allowNegative: true, allowPositionals: false }).values;
  } catch (error) {
    throw new ConfigError(usageOf(error));
  }
}

/** What the parser says, without its advice on how to pass what we do not take. */
function usageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [flag] = /^Option '(--[^' ]+)' argument is ambiguous/.exec(message)?.slice(1) ?? [];
  if (flag !== undefined) return `${flag} has no value: the next argument begins with a dash`;
  return message.split('\n')[0]?.replace(/\. To specify.*/, '') ?? '';
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Values {
  const values: Record<string, string | boolean> = {};
  for (const [name, { variable = '' }] of Object.entries<Option>(OPTIONS)) {
    const value = environment[variable];
    if (value !== undefined) values[name] = value;
  }
  for (const name of FLAGS) {
    const variable = environmentName(name);
    const value = environment[variable];
    if (value === undefined) continue;
    values[name] = isSwitch(name) ? oneOf(variable, value, ['true', 'false']) === 'true' : value;
  }
  return values;
}

function compat(pauseImage: string, values: Values): Config['compat'] {
  if (pauseImage === '') throw invalidFlag('compat.pause-image', pauseImage, 'a name');
  return {
    pauseImage,
    hostNetwork: values['compat.host-network'] === true,
    zeros: values['compat.zeros'] === true,
  };
}

function storage(text: (name: OptionName) => string, values: Values): Config['storage'] {
  return {
    partitions: values['collector.disk.partitions'] === true,
    excludedDisks: wholeMatch('collector.disk.exclude', text('collector.disk.exclude')),
    excludedMountPoints: wholeMatch(
      'collector.filesystem.mount-points-exclude',
      text('collector.filesystem.mount-points-exclude'),
    ),
    excludedTypes: wholeMatch('collector.filesystem.fs-types-exclude', text('collector.filesystem.fs-types-exclude')),
    timeout: seconds('collector.volumes.timeout', text('collector.volumes.timeout')) * 1000,
  };
}

function enabledCollectors(values: Values): ReadonlySet<string> {
  const none = values['collector.disable-defaults'] === true;
  const onePod = values['scope'] === 'pod';
  const chosen = collectors
    .filter(({ nodeWide }) => !(onePod && nodeWide))
    .filter(({ name, enabled }) => values[`collector.${name}`] ?? (enabled && !none));
  return new Set(chosen.map(({ name }) => name));
}

/** `:9771`, `127.0.0.1:9771`, `[::1]:9771`. */
function listenAddress(text: string): Config['listen'] {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535)
    throw invalidFlag('web.listen-address', text, 'an address like :9771 or 127.0.0.1:9771');
  const host = match[1] ?? match[2];
  return { host: host === '' ? undefined : host, port };
}

function telemetryPath(text: string): string {
  if (!/^\/[A-Za-z0-9/_.-]+$/.test(text) || isReserved(text))
    throw invalidFlag('web.telemetry-path', text, `a path like ${metricsEndpoint.path} that no other endpoint has`);
  return text;
}

function podsSource(text: string): string {
  if (['auto', 'api', 'kubelet', 'none'].includes(text) || /^file:./.test(text)) return text;
  throw invalidFlag('pods', text, 'auto, api, kubelet, file:PATH or none');
}

/** Only an origin: a path would be that of a proxy, and a token is not sent in the clear. */
function kubeletUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'https:' && url.href === `${url.origin}/`) return url.origin;
  // What stands before an @ is a password, more often than not.
  throw invalidFlag('kubelet-url', text.replace(/[^/]*@/, '...@'), 'an address like https://192.0.2.1:10250');
}

function walkLimits(text: (flag: OptionName) => string): WalkLimits {
  const flag = 'collector.ephemeral-storage.budget';
  const walkMsPerSecond = wholeNumber(flag, text(flag));
  if (walkMsPerSecond < 1 || walkMsPerSecond > 1000) throw invalidFlag(flag, text(flag), 'from 1 to 1000');
  const pressure = 'collector.ephemeral-storage.max-io-pressure';
  return { walkMsPerSecond, maxIoPressurePercent: wholeNumber(pressure, text(pressure)) };
}
