import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DiskUsageProcess, type WalkLimits } from '../kernel/children/disk-usage-process.ts';
import { systemClock, type Clock } from '../base/clock.ts';
import { resolveKubeletUrl, loadKubeletConfig } from '../cluster/kubelet.ts';
import { TOKEN_FILE } from '../cluster/service-account.ts';
import type { Log } from '../base/log.ts';
import type { UsagePaths } from './usage-directories.ts';
import { UsageMeter, type UsageMeterOptions } from './usage-meter.ts';

export interface OpenUsageMeterOptions extends WalkLimits {
  readonly paths: UsagePaths;
  /** Where the kubelet is, without a slash at its end; on `nodeIp` if left out. */
  readonly kubeletUrl?: string;
  readonly nodeIp?: string;
  readonly kubeletInsecureTls: boolean;
  /** Path of a kubeconfig file; without it the service account of the pod that we run in is used. */
  readonly kubeconfig?: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** What stands before the paths of the service account's files. */
  readonly root?: string;
}

/**
 * Puts together what measures ephemeral storage; nothing is measured before a scrape asks for it.
 *
 * @throws {Error} one line, if the node's address is none.
 */
export function openUsageMeter(options: OpenUsageMeterOptions): UsageMeter {
  const { paths, log, walkMsPerSecond, maxIoPressurePercent, clock = systemClock } = options;
  const walker = new DiskUsageProcess({ procfs: paths.procfs, walkMsPerSecond, maxIoPressurePercent, clock });
  return new UsageMeter({ paths, log, clock, walker, ...kubeletSummary(options, clock) });
}

/** What asks the kubelet, if it is known where that is and there is something to show to it. */
function kubeletSummary(options: OpenUsageMeterOptions, clock: Clock): Pick<UsageMeterOptions, 'summary'> {
  const { nodeIp, kubeconfig, root = '' } = options;
  const isKnown = options.kubeletUrl !== undefined || nodeIp !== undefined;
  if (!isKnown || (kubeconfig === undefined && !existsSync(join('/', root, TOKEN_FILE)))) return {};
  const url = resolveKubeletUrl(options.kubeletUrl, nodeIp);
  const access = {
    url,
    root,
    insecureTls: options.kubeletInsecureTls,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
  };
  return {
    summary: async (signal) => {
      // Loaded for none but those who ask a kubelet.
      const [{ KubeletApi }, { ApiClient }] = await Promise.all([
        import('../pods/sources/kubelet-api.ts'),
        import('../cluster/api-client.ts'),
      ]);
      return new KubeletApi(new ApiClient(() => loadKubeletConfig(access), clock)).summary(signal);
    },
  };
}
