import type { Config } from '../config.ts';
import { describe } from '../describe.ts';
import { openEngines } from '../engine/engines.ts';
import { openEndpoints } from '../endpoints.ts';
import { openExporter, type Exporter } from '../exporter.ts';
import { ConfigError } from '../flag-values.ts';
import type { Authenticators } from '../http/authentication.ts';
import { startServer, type RunningServer, type ServerParts } from '../http/server.ts';
import { WebConfigError } from '../http/web-config-error.ts';
import { WebSecurity } from '../http/web-security.ts';
import type { Log } from '../base/log.ts';
import { openPodSource } from '../pods/open-source.ts';
import { SERVE_OPTIONS } from '../serve-options.ts';
import { version } from '../version.ts';
import type { Endpoint } from '../views/endpoint.ts';
import { type Command, FAILURE, SUCCESS } from './command.ts';
import { openDelegatedAuth } from './open-delegated-auth.ts';

/** Milliseconds after a signal within which the command ends; the kubelet kills the process after 30 s by default. */
const MAX_SHUTDOWN_MS = 23_000;

/** Serves the endpoints until a signal ends it. */
export const serve: Command = {
  name: 'serve',
  about: 'Serve metrics over HTTP.',
  options: SERVE_OPTIONS,
  async run(config, log) {
    const source = await openPodSource({ ...config, log, environment: process.env });
    const engines = config.ownPod === undefined ? openEngines({ ...config, log }) : undefined;
    const exporter = openExporter(config, source, log, { engines });
    const security = await openSecurity(config, log);
    const endpoints = openEndpoints(
      { ...exporter.endpointParts, security: () => protection(config, security) },
      config.telemetryPath,
    );
    const { delegated } = await openDelegatedAuth(config, endpoints, log);
    const server = await startServer(
      serverParts(config, { exporter, log, security, delegated, endpoints }),
      config.listen,
    );
    const stopped = firstSignal();
    if (delegated !== undefined && security?.tls === undefined) {
      log.warn('receiving bearer tokens without TLS; set tls_server_config in the file of --web.config.file');
    }
    log.info('listening', { ...listeningFields(server, config, security), path: config.telemetryPath, version });
    try {
      // An API server that never answers must not keep the program from exiting.
      const started = Promise.all([source.start(), engines?.start()]);
      await Promise.race([started.then(() => describe(exporter, source, log)), stopped]);
    } catch (error) {
      await server.close();
      throw error;
    }
    const signal = await stopped;
    const ended = Promise.all([server.close(), source.stop(), engines?.stop()]).then(() => exporter.close());
    log.info('stopping', { signal });
    delegated?.auth.close();
    return endsInTime(ended, log);
  },
};

/** Whether `ended` resolves within {@link MAX_SHUTDOWN_MS}, as an exit code. */
async function endsInTime(ended: Promise<void>, log: Log): Promise<number> {
  const { promise: late, resolve } = Promise.withResolvers<number>();
  const timer = setTimeout(() => {
    log.error('exiting before the shutdown has finished', { after_ms: MAX_SHUTDOWN_MS });
    resolve(FAILURE);
  }, MAX_SHUTDOWN_MS);
  try {
    return await Promise.race([ended.then(() => SUCCESS), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Absent authenticators are `undefined`. */
type Security = { readonly [K in keyof Authenticators]-?: Authenticators[K] | undefined };

interface Parts extends Security {
  readonly exporter: Exporter;
  readonly endpoints: readonly Endpoint[];
  readonly log: Log;
}

function serverParts({ maxRequests }: Config, parts: Parts): ServerParts {
  const { exporter, endpoints, log, security, delegated } = parts;
  return {
    collections: exporter.collections,
    endpoints,
    ...(security === undefined ? {} : { security }),
    ...(delegated === undefined ? {} : { delegated }),
    maxRequests,
    failed: (error) => log.error('cannot answer a request', { error: String(error) }),
  };
}

/** @throws {ConfigError} one line, if the file cannot be used. */
async function openSecurity({ webConfigFile }: Config, log: Log): Promise<WebSecurity | undefined> {
  if (webConfigFile === undefined) return undefined;
  const { source, text: path } = webConfigFile;
  const report = (cause: string): void =>
    void log.warn('cannot use the changed web configuration; fix the file, the last valid one is in use', {
      path,
      cause,
    });
  try {
    return await WebSecurity.open(path, report);
  } catch (error) {
    if (!(error instanceof WebConfigError)) throw error;
    throw new ConfigError(`${source}: ${error.message}`, { cause: error });
  }
}

/** How the server is protected at this moment. */
function protection({ webAuth }: Config, security: WebSecurity | undefined): { tls: boolean; authentication: string } {
  const methods = [...(security?.auth === undefined ? [] : ['basic']), ...(webAuth === 'none' ? [] : [webAuth])];
  return { tls: security?.tls !== undefined, authentication: methods.join(',') || 'none' };
}

/** Where the server listens, and how it is protected. */
function listeningFields(server: RunningServer, config: Config, security: WebSecurity | undefined): object {
  const { tls, authentication } = protection(config, security);
  return {
    address: server.addresses.join(','),
    tls: tls ? 'enabled' : 'disabled',
    ...(security?.tls === undefined ? {} : { client_auth: security.tls.clientAuth }),
    authentication,
  };
}

function firstSignal(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  return promise;
}
