import { systemClock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { ProblemLog } from '../base/problem-log.ts';
import type { Config } from '../config.ts';
import { ConfigError } from '../flag-values.ts';
import { nodeAttributes, pathAttributes } from '../http/access-attributes.ts';
import type { Authenticators } from '../http/authentication.ts';
import { DelegatedAuth } from '../http/delegated-auth.ts';
import type { EndpointDescription } from '../views/endpoint.ts';

/**
 * Opens authentication by the API server, if `--web.auth` selects it. The client library is loaded only then.
 *
 * @throws {ConfigError} one line, if the name of the node or the credentials are missing.
 */
export async function openDelegatedAuth(
  config: Config,
  endpoints: readonly EndpointDescription[],
  log: Log,
): Promise<Pick<Authenticators, 'delegated'>> {
  if (config.webAuth === 'none') return {};
  const attributesOf =
    config.webAuthAttributes === 'path' ? pathAttributes : nodeAttributes(endpoints, nodeName(config));
  const [{ loadApiServerConfig, checkClusterAccess }, { ApiClient }, { AccessReviews }] = await Promise.all([
    import('../cluster/api-server.ts'),
    import('../cluster/api-client.ts'),
    import('../cluster/access-reviews.ts'),
  ]);
  const access = { ...config, requiredBy: '--web.auth=kubernetes' };
  try {
    checkClusterAccess(access);
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  const reviews = new AccessReviews(new ApiClient(() => loadApiServerConfig(access), systemClock, log));
  const problems = new ProblemLog(log, {
    failing: 'cannot review bearer tokens, rejecting requests; the ClusterRole system:auth-delegator is required',
    recovered: 'resumed reviewing bearer tokens',
  });
  return { delegated: { auth: new DelegatedAuth({ reviews, clock: systemClock, problems }), attributesOf } };
}

function nodeName({ nodeName: name }: Config): string {
  if (name !== undefined) return name;
  throw new ConfigError(
    '--web.auth=kubernetes requires a node name: set NODE_NAME or --node-name, or use --web.auth.attributes=path',
  );
}
