import { readFileSync } from 'node:fs';
import { errorReason } from '../base/error-code.ts';
import { openLog } from '../base/log.ts';
import type { Config } from '../config.ts';
import { openEngines } from '../engine/engines.ts';
import { openExporter } from '../exporter.ts';
import { ConfigError, type FlagValue } from '../flag-values.ts';
import { openPodSource } from '../pods/open-source.ts';
import type { Access } from '../top-config.ts';
import type { DocumentSource } from '../top/source.ts';
import { podsEndpoint } from '../views/pods/endpoint.ts';

/** What `top` shows, and how to release it. */
export interface TopSource {
  readonly source: DocumentSource;
  /** The last warning about reading; empty without one. */
  readonly warning: () => string;
  readonly close: () => Promise<void>;
}

/**
 * Opens a running exporter or this node.
 *
 * @throws {ConfigError} one line, if a file cannot be read.
 * @throws {Error} one line, if the node cannot be read.
 */
export async function openTopSource(config: Config): Promise<TopSource> {
  const { url, access, intervalSeconds } = config.top;
  if (url === undefined) return openNodeSource(config);
  const { RemoteSource } = await import('../top/remote-source.ts');
  const { caFile, serverName } = access;
  const source = new RemoteSource({
    path: podsEndpoint.path,
    url,
    intervalSeconds,
    authorization: authorizationOf(access),
    ca: caFile === undefined ? undefined : contentOf(caFile),
    serverName: serverName?.text,
  });
  return { source, warning: () => '', close: () => Promise.resolve() };
}

function authorizationOf({ user, passwordFile, tokenFile }: Access): string | undefined {
  if (tokenFile !== undefined) return `Bearer ${lineOf(tokenFile)}`;
  if (user === undefined) return undefined;
  const credentials = passwordFile === undefined ? user.text : `${user.text}:${lineOf(passwordFile)}`;
  if (!credentials.includes(':')) throw new ConfigError(`${user.source} requires --password-file`);
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

function lineOf(file: FlagValue): string {
  return contentOf(file).toString().trimEnd();
}

function contentOf({ source, text: path }: FlagValue): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ConfigError(`${source}: cannot read ${path}: ${errorReason(error)}`, { cause: error });
  }
}

/** The node as the exporter reads it, without a server. Its log must not be written over the screen. */
async function openNodeSource(config: Config): Promise<TopSource> {
  let warning = '';
  const destination = {
    write: (line: string): number => {
      warning = line.trimEnd().replace(/^.*?\bmsg=/, '');
      return 0;
    },
  };
  const log = openLog({ level: 'warn', format: 'logfmt', destination });
  const pods = await openPodSource({ ...config, log, environment: process.env });
  // Nothing is measured between collections.
  const engines = config.ownPod === undefined ? openEngines({ ...config, log }) : undefined;
  const exporter = openExporter({ ...config, once: true }, pods, log, { engines });
  await Promise.all([pods.start(), engines?.start()]);
  const answer = podsEndpoint.open({ ...exporter.endpointParts, served: [] })({
    query: new URLSearchParams({ watch: `${config.top.intervalSeconds}s` }),
    header: () => '',
  });
  async function* documents(signal: AbortSignal): AsyncGenerator<string> {
    if (answer.kind !== 'stream') throw new Error('no stream');
    for await (const { data } of answer.events(signal)) yield data.toString();
  }
  return {
    source: { documents },
    warning: () => warning,
    async close() {
      await Promise.all([pods.stop(), engines?.stop()]);
      await exporter.close();
    },
  };
}
