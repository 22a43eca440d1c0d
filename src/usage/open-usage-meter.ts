import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DiskUsageProcess, type WalkLimits } from '../kernel/children/disk-usage-process.ts';
import { systemClock, type Clock } from '../base/clock.ts';
import { resolveKubeletUrl, loadKubeletConfig } from '../cluster/kubelet.ts';
import { TOKEN_FILE } from '../cluster/service-account.ts';
import type { Log } from '../base/log.ts';
import type { UsagePaths } from './usage-paths.ts';
import { UsageMeter, type UsageMeterOptions } from './usage-meter.ts';

export interface OpenUsageMeterOptions extends WalkLimits {
  readonly paths: UsagePaths;
  /** URL of the kubelet without a trailing slash; derived from `nodeIp` by default. */
  readonly kubeletUrl?: string;
  readonly nodeIp?: string;
  readonly kubeletInsecureTls: boolean;
  /** Path of a kubeconfig file. Defaults to the service account of the exporter's pod. */
  readonly kubeconfig?: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** Directory that is the root of the service account paths; `/` by default. */
  readonly root?: string;
}

/**
 * Creates the meter of ephemeral storage. It starts with the first scrape.
 *
 * @throws {Error} one line, if `nodeIp` is not an IP address.
 */
export function openUsageMeter(options: OpenUsageMeterOptions): UsageMeter {
  const { paths, log, walkMsPerSecond, maxIoPressurePercent, clock = systemClock } = options;
  const walker = new DiskUsageProcess({ procfs: paths.procfs, walkMsPerSecond, maxIoPressurePercent, clock });
  return new UsageMeter({ paths, log, clock, walker, ...kubeletSummary(options, clock) });
}

/** Returns the request to the kubelet, if its address and credentials are available. */
function kubeletSummary(options: OpenUsageMeterOptions, clock: Clock): Pick<UsageMeterOptions, 'summary'> {
  const { nodeIp, kubeconfig, root = '' } = options;
  const hasAddress = options.kubeletUrl !== undefined || nodeIp !== undefined;
  if (!hasAddress || (kubeconfig === undefined && !existsSync(join('/', root, TOKEN_FILE)))) return {};
  const url = resolveKubeletUrl(options.kubeletUrl, nodeIp);
  const access = {
    url,
    root,
    insecureTls: options.kubeletInsecureTls,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
  };
  return {
    summary: async (signal) => {
      // Loaded on demand, to save memory without a kubelet.
      const [{ KubeletApi }, { ApiClient }] = await Promise.all([
        import('../pods/sources/kubelet-api.ts'),
        import('../cluster/api-client.ts'),
      ]);
      return new KubeletApi(new ApiClient(() => loadKubeletConfig(access), clock, options.log)).summary(signal);
    },
  };
}
