import { readConfig, type Config } from './config.ts';
import { describe } from './describe.ts';
import { openEndpoints } from './endpoints.ts';
import { openExporter, type Exporter } from './exporter.ts';
import { ConfigError } from './flag-values.ts';
import { helpText } from './help.ts';
import { startServer } from './http/server.ts';
import { WebConfigError } from './http/web-config-fields.ts';
import { WebSecurity } from './http/web-security.ts';
import { openStandardError } from './base/log-destination.ts';
import { openLog, type Log } from './base/log.ts';
import { printOnce } from './commands/once.ts';
import { openPodSource } from './pods/open-source.ts';
import type { PodSource } from './pods/pod-source.ts';
import { version } from './version.ts';

/** Exit code for a command line that cannot be used. */
const USAGE = 2;

/** Exit code for everything else that keeps the program from its job. */
const FAILURE = 1;

async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2), process.env);
  if (config === 'version' || config === 'help') {
    process.stdout.write(config === 'version' ? `pod-exporter ${version}\n` : helpText());
    return;
  }
  const log = openLog({ level: config.logLevel, format: config.logFormat, destination: openStandardError() });
  process.on('unhandledRejection', (error) => log.error('unexpected failure', { error: String(error) }));
  const source = await openPodSource({ ...config, log, environment: process.env });
  const exporter = openExporter(config, source, log);
  if (config.once) {
    process.exitCode = await printOnce(exporter, source, config, log);
    return;
  }
  await serve(config, exporter, source, log);
}

/** @throws {ConfigError} one line, if the file cannot be used. */
async function openSecurity({ webConfigFile }: Config, log: Log): Promise<{ security?: WebSecurity }> {
  if (webConfigFile === undefined) return {};
  const complain = (cause: string): void =>
    void log.warn('cannot use the web configuration, keeping the last good one', { cause });
  try {
    return { security: await WebSecurity.open(webConfigFile, complain) };
  } catch (error) {
    if (!(error instanceof WebConfigError)) throw error;
    throw new ConfigError(`--web.config.file: ${error.message}`, { cause: error });
  }
}

async function serve(config: Config, exporter: Exporter, source: PodSource, log: Log): Promise<void> {
  const server = await startServer(
    {
      collections: exporter.collections,
      endpoints: openEndpoints(exporter.endpointParts, config.telemetryPath),
      ...(await openSecurity(config, log)),
      maxRequests: config.maxRequests,
      failed: (error) => log.error('request failed', { error: String(error) }),
    },
    config.listen,
  );
  const { promise: stopped, resolve: stop } = Promise.withResolvers<string>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop(signal));
  log.info('listening', { host: config.listen.host ?? '*', port: server.port, path: config.telemetryPath, version });
  try {
    // An API server that never answers must not keep the program from ending.
    await Promise.race([source.start().then(() => describe(exporter, source, log)), stopped]);
  } catch (error) {
    await server.close();
    throw error;
  }
  const signal = await stopped;
  const ended = Promise.all([server.close(), source.stop()]);
  log.info('stopping', { signal });
  await ended;
  await exporter.close();
}

try {
  await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`pod-exporter: ${message.split('\n')[0]}\n`);
  process.exitCode = error instanceof ConfigError ? USAGE : FAILURE;
}
